"""fp32 master copies of the weights that are trained, with their optimiser."""

import math

import torch


class MasterWeights:
    """AdamW over fp32 copies of the trained parameters, written back in their own dtype after each step.

    A bf16 weight has 8 bits of mantissa, so a step of 1e-3 of its size would round to nothing.
    """

    def __init__(self, model: torch.nn.Module, *, weight_decay: float) -> None:
        self.trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.masters = [parameter.detach().float().clone() for parameter in self.trained]
        self.optimiser = torch.optim.AdamW(self.masters, lr=0.0, weight_decay=weight_decay)

    def step(self, learning_rate: float, max_grad_norm: float) -> float:
        """One update from the gradients that lie on the model, which are cleared; returns their norm.

        A norm that is not finite changes nothing.
        """
        for master, parameter in zip(self.masters, self.trained, strict=True):
            master.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(self.masters, max_grad_norm))
        if not math.isfinite(norm):
            return norm
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.step()
        self.write_back()
        return norm

    @torch.no_grad()
    def write_back(self) -> None:
        """Round the masters into the model."""
        for master, parameter in zip(self.masters, self.trained, strict=True):
            parameter.copy_(master)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Everything that a resume needs, by name."""
        named = {f"{index}.master": master for index, master in enumerate(self.masters)}
        for index, master in enumerate(self.masters):
            for key, value in self.optimiser.state[master].items():
                named[f"{index}.{key}"] = value
        return named

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Take back what `tensors` gave."""
        with torch.no_grad():
            for index, master in enumerate(self.masters):
                master.copy_(tensors[f"{index}.master"])
        for name, value in tensors.items():
            index_text, key = name.split(".", 1)
            if key != "master":
                master = self.masters[int(index_text)]
                # AdamW keeps its step count on the CPU.
                self.optimiser.state[master][key] = value if key == "step" else value.to(master.device)
        self.write_back()
