// The published files at work in a real page.
import { type Browser, chromium } from "playwright"
import { afterAll, beforeAll, expect, test } from "vitest"
import { chromiumLaunch } from "../support/browsers.mjs"
import { bundle, type Consumer, installPacked } from "../support/packed.js"
import { serve } from "../support/static-server.js"

let browser: Browser
let consumer: Consumer

beforeAll(async () => {
  consumer = installPacked()
  browser = await chromium.launch(chromiumLaunch())
})

afterAll(async () => {
  await browser.close()
  consumer.remove()
})

/** Waits on the loop, then has a worker do a sum. */
const program = `
  function* main() {
    const slept = yield* asyncio.sleep(0.01, "slept")
    const sum = yield* asyncio.toThread((a, b) => a + b, 40, 2)
    return [slept, sum]
  }
  asyncio.run(main()).then((result) => report(result), (error) => report(String(error)))`

/** What a page reports. Rejects with the first thing that it complains about. */
async function open(files: Readonly<Record<string, string | Uint8Array>>): Promise<unknown> {
  const server = await serve(consumer.folder, { "/favicon.ico": "", ...files })
  const page = await browser.newPage()
  try {
    const reported = new Promise<unknown>((resolve, reject) => {
      page.exposeFunction("report", resolve).catch(reject)
      page.on("pageerror", reject)
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) reject(new Error(message.text()))
      })
      page.on("response", (response) => {
        if (response.status() >= 400) reject(new Error(`${response.status()} ${response.url()}`))
      })
    })
    const [result] = await Promise.all([reported, page.goto(`${server.origin}/index.html`)])
    return result
  } finally {
    await page.close()
    await server.close()
  }
}

const atWork = ["slept", 42]
const html = (scripts: string) => `<!doctype html><title>page</title>${scripts}`

test("a script tag gives a page the global asyncio, worker included", async () => {
  const src = "/node_modules/asyncio-web/dist/asyncio.global.js"

  expect(await open({ "/index.html": html(`<script src="${src}"></script><script>${program}</script>`) })).toEqual(
    atWork,
  )
})

test("a page imports the modules as they are", async () => {
  const code = `import * as asyncio from "/node_modules/asyncio-web/dist/lib/index.js"\n${program}`

  expect(await open({ "/index.html": html(`<script type="module">${code}</script>`) })).toEqual(atWork)
})

test("a page that Vite bundled finds its worker", async () => {
  const output = await bundle(consumer, `import * as asyncio from "asyncio-web"\n${program}`)
  const files = output.map((file) => [`/${file.fileName}`, file.type === "chunk" ? file.code : file.source] as const)
  const [main] = output

  const index = html(`<script type="module" src="/${main.fileName}"></script>`)
  expect(await open({ ...Object.fromEntries(files), "/index.html": index })).toEqual(atWork)
})
