/** The front page of the demos. */
import { highlight } from "./sources.js"

for (const code of document.querySelectorAll("[data-highlight]"))
  code.replaceChildren(highlight(code.textContent ?? ""))
