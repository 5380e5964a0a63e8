/** Lit keeps here what it has warned about; that it runs in development mode is no news in a test. */
Object.assign(globalThis, { litIssuedWarnings: new Set(["dev-mode"]) });
