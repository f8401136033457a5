import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join, normalize } from "node:path"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
}

/** A web server on a free port of this machine. */
export interface StaticServer {
  readonly origin: string
  close(): Promise<void>
}

/** Serves texts by path, and for all other paths the files below a folder. */
export async function serve(
  folder: string,
  pages: Readonly<Record<string, string | Uint8Array>>,
): Promise<StaticServer> {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname))
    const text = pages[path] ?? (await readFile(join(folder, path)).catch(() => undefined))
    response
      .writeHead(text === undefined ? 404 : 200, { "Content-Type": types[extname(path)] ?? "text/plain" })
      .end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
