/// <reference types="vite/client" />
/** Shows a demo's own source on its page. */

const TOKENS =
  /(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?<keyword>\b(?:as|async|await|break|catch|class|const|continue|do|else|export|extends|finally|for|from|function|if|import|in|instanceof|interface|let|new|of|readonly|return|static|this|throw|try|type|typeof|undefined|void|while|yield)\b\*?)|(?<number>\b\d[\w.]*)/g

/** TypeScript as text with its comments, strings, keywords and numbers marked. */
export function highlight(code: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  let at = 0
  for (const match of code.matchAll(TOKENS)) {
    fragment.append(code.slice(at, match.index))
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? []
    const token = document.createElement("span")
    token.className = `token-${kind}`
    token.textContent = match[0]
    fragment.append(token)
    at = match.index + match[0].length
  }
  fragment.append(code.slice(at))
  return fragment
}

/** Lists files below a heading; each one is loaded when it is opened. */
export function showSources(section: HTMLElement, files: Record<string, () => Promise<{ default: string }>>): void {
  for (const [name, load] of Object.entries(files)) {
    const details = document.createElement("details")
    const summary = document.createElement("summary")
    summary.textContent = name
    details.append(summary)
    details.addEventListener(
      "toggle",
      async () => {
        const pre = document.createElement("pre")
        pre.tabIndex = 0
        pre.append(highlight((await load()).default))
        details.append(pre)
      },
      { once: true },
    )
    section.append(details)
  }
}
