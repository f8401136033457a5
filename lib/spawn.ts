/** Starts a worker for functions that go as text. This line is the only place in lib/ that names a worker's file. */
export const spawn = (): Worker => new Worker(new URL("../worker/main.js", import.meta.url), { type: "module" })
