// The demos, opened and used as a visitor does: in Chromium, from Vite's server and as the static folder.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright"
import { build, createServer, type InlineConfig, preview } from "vite"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { chromiumLaunch } from "./support/browsers.mjs"
import { root } from "./support/source.js"

/** A server and what ends it. */
interface Site {
  readonly url: string
  close(): Promise<void>
}

const config: InlineConfig = { root, configFile: join(root, "vite.config.ts"), logLevel: "error" }
const address = { host: "127.0.0.1", port: 0 }
const folder = mkdtempSync(join(tmpdir(), "asyncio-web-demos-"))

const sites: Record<string, () => Promise<Site>> = {
  async "npm run dev"() {
    const server = await createServer({
      ...config,
      mode: "development",
      cacheDir: join(folder, "cache"),
      // Nobody edits, and a file that is saved must not reload the page under a test.
      server: { ...address, hmr: false, watch: null },
    })
    await server.listen()
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
  },
  async "npm run demos"() {
    const outDir = join(folder, "dist-demos")
    await build({ ...config, mode: "demos", build: { outDir, emptyOutDir: true } })
    const server = await preview({ ...config, mode: "demos", build: { outDir }, preview: address })
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
  },
}

let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch(chromiumLaunch())
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the gallery of a site before each test, and fails the test if the page complained about anything. */
function visit(name: keyof typeof sites) {
  let site: Site
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    site = await sites[name]!()
  }, 60_000)

  afterAll(() => site.close())

  beforeEach(async () => {
    complaints = []
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.on("pageerror", (error) => complaints.push(String(error)))
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text())
    })
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`)
    })
    await page.goto(`${site.url}demos/`)
  })

  afterEach(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })

  return {
    get page() {
      return page
    },
    async open() {
      await page.getByRole("link", { name: "Responsive", exact: true }).click()
      await this.state("idle")
    },
    choose: (label: string) => page.getByRole("radio", { name: label, exact: true }).check(),
    click: (label: string) => page.getByRole("button", { name: label, exact: true }).click(),
    state: (wanted: string) => page.locator(`body[data-state="${wanted}"]`).waitFor(),
    status: () => page.locator("#status").innerText(),
    answer: () => page.locator('[data-answer="complete"]').textContent(),
    figure: (where: "main" | "worker", name: string) =>
      page.locator(`[data-run="${where}"][data-figure="${name}"]`).innerText(),
    async typeNumber(text: string) {
      await this.choose("Factor")
      await page.getByLabel("Number", { exact: true }).fill(text)
    },
  }
}

// The two differ in how the worker's script is found, and in whether the page shares memory with it.
describe.each(Object.keys(sites))("Responsive, from %s", { timeout: 60_000 }, (name) => {
  const visitor = visit(name)
  const { choose, click, state, status, answer, figure } = visitor

  test("a number of the visitor's is factored in a worker", async () => {
    await visitor.open()
    await visitor.typeNumber("1000036000099")

    await click("Run")
    await state("done")

    expect(await answer()).toBe("= 1000003 × 1000033")
    expect(await figure("worker", "job")).toBe("Factor 13 digits")
  })

  test("Cancel ends a job in a worker, and the next one runs", async () => {
    await visitor.open()
    await visitor.typeNumber("2^137-1")
    await click("Run")
    // It is well under way: some of its pieces have come back.
    await visitor.page.getByText(/million steps; odds/).waitFor()

    await click("Cancel")
    await state("cancelled")

    expect(await status()).toMatch(/^Cancelled after .* The job ended .* after the click\.$/)
    await visitor.page.getByLabel("Type here while it runs").fill("still here")
    await visitor.typeNumber("2^67-1")
    await click("Run")
    await state("done")
    expect(await answer()).toBe("= 193707721 × 761838257287")
  })

  test("frames go on while a worker works, and not while the page does", async () => {
    await visitor.open()
    await visitor.page.getByLabel("Samples").selectOption("4")

    const onPage = await framesOfRun("Main thread")
    const inWorker = await framesOfRun("Worker")

    expect(inWorker).toBeGreaterThan(4 * onPage)
    expect(await figure("main", "job")).toBe(await figure("worker", "job"))
    expect(await visitor.page.locator("#verdict").innerText()).toMatch(/^The page froze for .* times less\.$/)
  })

  /** Runs the chosen job, and counts the frames from the moment at which it starts to the one at which it has ended. */
  async function framesOfRun(where: string): Promise<number> {
    await choose(where)
    const frames = visitor.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let count = 0
          const frame = () => {
            const { state } = document.body.dataset
            if (state === "running") count++
            if (state === "done" && count > 0) resolve(count)
            else requestAnimationFrame(frame)
          }
          requestAnimationFrame(frame)
        }),
    )
    await click("Run")
    return frames
  }
})

describe("the demos", { timeout: 60_000 }, () => {
  const visitor = visit("npm run dev")
  const { choose, click, state, status, figure } = visitor

  test("a picture comes tile by tile", async () => {
    await visitor.open()
    await visitor.page.getByLabel("Samples").selectOption("1")

    await click("Run")
    await state("done")

    expect(await status()).toContain("160 of 160 tiles")
    expect(await visitor.page.locator("#progress").getAttribute("value")).toBe("1")
  })

  test("a picture is travelled with the keyboard", async () => {
    await visitor.open()
    await visitor.page.getByLabel("Samples").selectOption("1")
    await visitor.page.getByRole("application").press("+")
    await state("done")

    expect(await visitor.page.getByLabel("Zoom", { exact: true }).inputValue()).toBe("400000")
    expect(await figure("worker", "job")).toContain("zoom 4×10⁵")
  })

  test("a job is given up at its time limit, on the page too", async () => {
    await visitor.open()
    await visitor.typeNumber("2^137-1")
    await visitor.page.getByLabel("Give up after").fill("1")

    for (const where of ["Worker", "Main thread"]) {
      await choose(where)
      await click("Run")
      await state("timed-out")
      expect(await status()).toMatch(/^Given up after /)
      // So that the next time is told from this one.
      await visitor.page.evaluate(() => delete document.body.dataset.state)
    }
  })

  test("input that makes no job is explained, and nothing runs", async () => {
    await visitor.open()
    await visitor.typeNumber("12a")
    await visitor.page.getByText("Digits only, or 2^101-1; there is “a” in it.").waitFor()

    await click("Run")

    const number = visitor.page.getByLabel("Number", { exact: true })
    expect(await number.getAttribute("aria-invalid")).toBe("true")
    expect(await number.evaluate((field) => field === document.activeElement)).toBe(true)
    await state("idle")
  })

  test("the source is on the page", async () => {
    await visitor.page.getByRole("link", { name: "Source of Responsive" }).click()
    await visitor.page.locator("summary", { hasText: "jobs.ts" }).click()

    await visitor.page.getByText("threads({ mandelbrot, factor }, () => new Worker(").waitFor()
  })

  test("nothing is wider than a small phone", async () => {
    await visitor.page.setViewportSize({ width: 360, height: 740 })
    const overflow = () => visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

    const gallery = await overflow()
    await visitor.open()

    expect([gallery, await overflow()]).toEqual([0, 0])
  })
})
