// @ts-check
// Imported: where Chromium is. Run directly (before npm's test): installs it where there is none.
// JavaScript, because Node 20 cannot run TypeScript.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { chromium } from "playwright"

/** @param {(string | undefined)[]} paths */
const first = (...paths) => paths.find((path) => path && existsSync(path))

/** @param {string[]} names */
const onPath = (...names) => {
  const folders = (process.env.PATH ?? "").split(delimiter)
  return first(...names.flatMap((name) => folders.map((folder) => join(folder, name))))
}

/** The Chromium to test in: CHROMIUM_PATH, else one on PATH, else playwright's own copy; undefined if there is none. */
export const chromiumPath = () =>
  first(process.env.CHROMIUM_PATH) ??
  onPath("chromium", "google-chrome", "google-chrome-stable") ??
  first(chromium.executablePath())

/** How playwright starts it. Chromium has no sandbox for root, and nothing here should wait for the network. */
export const chromiumLaunch = () => {
  const executablePath = chromiumPath()
  return {
    ...(executablePath ? { executablePath } : {}),
    args: ["--no-sandbox", "--disable-quic", "--disable-component-update"],
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !chromiumPath()) {
  /** @param {string} command @param {string[]} args */
  const run = (command, ...args) => execFileSync(command, args, { stdio: "inherit" })
  const debian = existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"))
  if (debian && process.getuid?.() === 0) {
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
  } else {
    run("npx", "playwright", "install", "chromium")
  }
}
