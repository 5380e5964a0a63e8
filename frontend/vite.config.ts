import { defineConfig } from "vitest/config";
import type { Plugin, UserConfig } from "vite";

/** In development the two scripts have the same addresses as after a build. */
function builtNames(): Plugin {
  return {
    name: "built-names",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (request.url === "/loader.js") request.url = "/src/loader.ts";
        if (request.url === "/widget.js") request.url = "/src/widget.ts";
        next();
      });
    },
  };
}

const page: UserConfig = {
  plugins: [builtNames()],
  // Relative, so that a proxy may show all of it under a path.
  base: "./",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // Files instead of data: addresses, so that a page may forbid those.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // The page does not import the widget, and whoever does wants its exports.
      preserveEntrySignatures: "exports-only",
      input: { index: "index.html", "juniper-trail": "juniper-trail.html", widget: "src/widget.ts" },
      output: {
        entryFileNames: (chunk) => (chunk.name === "widget" ? "widget.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { proxy: { "/ws": { target: "ws://127.0.0.1:8000", ws: true }, "/shop": "http://127.0.0.1:8000" } },
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    environmentOptions: {
      // The loader's test looks at the script that it adds, and nothing is to be fetched for it.
      happyDOM: { settings: { handleDisabledFileLoadingAsSuccess: true } },
    },
  },
};

/** A classic script may only be one file without imports, and must leave no names behind on the page. */
const loader: UserConfig = {
  publicDir: false,
  build: {
    target: "es2018",
    emptyOutDir: false,
    lib: { entry: "src/loader.ts", name: "trilaneLoader", formats: ["iife"], fileName: () => "loader.js" },
  },
};

export default defineConfig(({ mode }) => (mode === "loader" ? loader : page));
