/** Door of the script tag: everything that a page can use, as the global `asyncio`. */
export { cancelSignal, checkCancelled, threads, transfer } from "../worker/index.js"
export * from "./index.js"
