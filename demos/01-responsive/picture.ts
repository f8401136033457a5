/** The job *Mandelbrot*: its fields, its canvas, and how one travels on it. */
import { scientific } from "./format.js"
import { InputError, type Job } from "./job.js"
import { mandelbrot, PLANE, type Tile, type View } from "./jobs.js"

const TILE = 48

/** Of the picture's size: enough for a first look. */
const PREVIEW_SCALE = 1 / 2

/** Beyond this, two neighbouring pixels have the same coordinates. */
const DEEPEST = 1e13

interface Place {
  readonly re: number
  readonly im: number
  readonly zoom: number
}

/** Places worth a visit; the first one is where the page opens. */
const places: Readonly<Record<string, Place & { iterations: number }>> = {
  island: { re: -0.743643887037151, im: 0.13182590420533, zoom: 200_000, iterations: 2500 },
  tails: { re: -0.74364388703, im: 0.13182590421, zoom: 8000, iterations: 3000 },
  deep: { re: -0.7746806106269039, im: -0.1374168856037867, zoom: 1e9, iterations: 5000 },
  whole: { re: -0.6, im: 0, zoom: 1, iterations: 2000 },
}

/** Its fields, in the page's form. */
interface Fields {
  readonly place: HTMLSelectElement
  readonly re: HTMLInputElement
  readonly im: HTMLInputElement
  readonly zoom: HTMLInputElement
  readonly iterations: HTMLInputElement
  readonly samples: HTMLSelectElement
}

/** The picture on the page. */
export class Picture {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #fields: Fields
  readonly #travelled: () => void
  /** What the canvas shows; nothing before the first look. */
  #shown: View | undefined

  /**
   * @param view takes keys and pointers, and has the canvas inside.
   * @param travelled called when the visitor has moved the view.
   */
  constructor(view: HTMLElement, fields: Fields, travelled: () => void) {
    const canvas = view.querySelector("canvas")!
    view.tabIndex = 0
    this.#canvas = canvas
    this.#context = canvas.getContext("2d")!
    this.#fields = fields
    this.#travelled = travelled
    fields.place.addEventListener("change", () => this.#visit(places[fields.place.value]))
    for (const field of [fields.re, fields.im, fields.zoom, fields.iterations]) {
      field.addEventListener("input", () => {
        fields.place.value = ""
      })
    }
    this.#visit(places.island)
    fields.place.value = "island"
    this.#listen(view)
  }

  /**
   * The job that the fields describe.
   *
   * @throws {InputError}
   */
  job(): Job<[View, Tile], Uint8ClampedArray<ArrayBuffer>> {
    const view = this.#read()
    const tiles = tilesOf(view)
    let taken = 0
    return {
      label: `Mandelbrot, zoom ${scientific(view.zoom)}, ${view.samples ** 2} × ${scientific(view.iterations)}`,
      fn: mandelbrot,
      spare: 1,
      pieces: function* (this: void) {
        for (const tile of tiles) yield [view, tile]
      },
      take: (pixels, _, tile) => {
        if (taken++ === 0) this.#moveTo(view)
        this.#context.putImageData(new ImageData(pixels, tile.width), tile.x, tile.y)
      },
      progress: () => taken / tiles.length,
      summary: () => `${taken} of ${tiles.length} tiles`,
    }
  }

  /** A quick first look, a quarter of the pixels in one piece; what it gives goes to {@link showPreview}. */
  preview(): [View, Tile] {
    const view = this.#read()
    const width = view.width * PREVIEW_SCALE
    const height = view.height * PREVIEW_SCALE
    return [
      { ...view, width, height, samples: 1 },
      { x: 0, y: 0, width, height },
    ]
  }

  showPreview(pixels: Uint8ClampedArray<ArrayBuffer>, view: View): void {
    // A run may have begun meanwhile.
    if (this.#shown !== undefined) return
    const small = new OffscreenCanvas(view.width, view.height)
    small.getContext("2d")!.putImageData(new ImageData(pixels, view.width), 0, 0)
    this.#context.imageSmoothingQuality = "high"
    this.#context.drawImage(small, 0, 0, this.#canvas.width, this.#canvas.height)
    this.#shown = view
  }

  /** Zooms at a point of the canvas, given in shares of its width and height. */
  zoom(factor: number, atX = 0.5, atY = 0.5): void {
    const place = this.#here()
    if (place === undefined) return
    const { width, height } = this.#canvas
    const span = PLANE / place.zoom
    const zoom = Math.min(Math.max(place.zoom * factor, 0.5), DEEPEST)
    const shift = span * (1 - place.zoom / zoom)
    this.#go({ re: place.re + (atX - 0.5) * shift, im: place.im - ((atY - 0.5) * shift * height) / width, zoom })
  }

  /** Moves the view, by shares of its width and height. */
  pan(byX: number, byY: number): void {
    const place = this.#here()
    if (place === undefined) return
    const { width, height } = this.#canvas
    const span = PLANE / place.zoom
    this.#go({ ...place, re: place.re + byX * span, im: place.im - (byY * span * height) / width })
  }

  /** Back to where the page opened. */
  reset(): void {
    this.#fields.place.value = "island"
    this.#visit(places.island)
    this.#travelled()
  }

  #visit(place: (typeof places)[string] | undefined): void {
    if (place === undefined) return
    this.#write(place)
    this.#fields.iterations.value = String(place.iterations)
  }

  #go(place: Place): void {
    this.#fields.place.value = ""
    this.#write(place)
    this.#travelled()
  }

  /** As many digits as there are pixels for. */
  #write({ re, im, zoom }: Place): void {
    const digits = Math.min(Math.ceil(Math.log10(zoom)) + 4, 16)
    this.#fields.re.value = String(Number(re.toFixed(digits)))
    this.#fields.im.value = String(Number(im.toFixed(digits)))
    this.#fields.zoom.value = zoom < 1000 ? String(Number(zoom.toPrecision(3))) : String(Math.round(zoom))
  }

  /** Where the fields say that we are; nothing if they say nothing that can be read. */
  #here(): Place | undefined {
    try {
      return this.#read()
    } catch {
      return undefined
    }
  }

  #read(): View {
    const { re, im, zoom, iterations, samples } = this.#fields
    return {
      re: numberIn(re, "The centre’s real part", -4, 4),
      im: numberIn(im, "The centre’s imaginary part", -4, 4),
      zoom: numberIn(zoom, "The zoom", 0.5, DEEPEST),
      iterations: Math.round(numberIn(iterations, "The number of steps", 10, 50_000)),
      samples: Math.sqrt(Number(samples.value)),
      width: this.#canvas.width,
      height: this.#canvas.height,
    }
  }

  /** Draws what is there already as it will be in the new view, until its tiles come. */
  #moveTo(view: View): void {
    const { width, height } = this.#canvas
    const before = this.#shown
    this.#shown = view
    if (before === undefined) return
    const scale = view.zoom / before.zoom
    const step = PLANE / view.zoom / width
    const x = (before.re - view.re) / step - (width * scale - width) / 2
    const y = (view.im - before.im) / step - (height * scale - height) / 2
    const old = new OffscreenCanvas(width, height)
    old.getContext("2d")!.drawImage(this.#canvas, 0, 0)
    this.#context.fillStyle = "#0c0d11"
    this.#context.fillRect(0, 0, width, height)
    this.#context.globalAlpha = 0.45
    this.#context.drawImage(old, x, y, width * scale, height * scale)
    this.#context.globalAlpha = 1
  }

  #listen(view: HTMLElement): void {
    const canvas = this.#canvas
    let grip: { id: number; x: number; y: number } | undefined
    const share = (event: PointerEvent) => {
      const box = view.getBoundingClientRect()
      return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height }
    }
    view.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return
      grip = { id: event.pointerId, ...share(event) }
      view.setPointerCapture(event.pointerId)
    })
    view.addEventListener("pointermove", (event) => {
      if (grip?.id !== event.pointerId) return
      const { x, y } = share(event)
      canvas.style.translate = `${(x - grip.x) * 100}% ${(y - grip.y) * 100}%`
    })
    view.addEventListener("pointerup", (event) => {
      if (grip?.id !== event.pointerId) return
      const { x, y } = share(event)
      const [byX, byY] = [grip.x - x, grip.y - y]
      grip = undefined
      canvas.style.translate = ""
      if (Math.hypot(byX, byY) > 0.01) this.pan(byX, byY)
      else this.zoom(event.shiftKey ? 1 / 3 : 3, x, y)
    })
    view.addEventListener("pointercancel", () => {
      grip = undefined
      canvas.style.translate = ""
    })
    view.addEventListener("keydown", (event) => {
      const action = {
        ArrowLeft: () => this.pan(-0.2, 0),
        ArrowRight: () => this.pan(0.2, 0),
        ArrowUp: () => this.pan(0, -0.2),
        ArrowDown: () => this.pan(0, 0.2),
        "+": () => this.zoom(2),
        "=": () => this.zoom(2),
        "-": () => this.zoom(0.5),
      }[event.key]
      if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      action()
    })
  }
}

/** The image in tiles, from the middle outwards. */
function tilesOf({ width, height }: View): Tile[] {
  const tiles: Tile[] = []
  for (let y = 0; y < height; y += TILE) {
    for (let x = 0; x < width; x += TILE) {
      tiles.push({ x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) })
    }
  }
  const offCentre = (tile: Tile) =>
    Math.hypot(tile.x + tile.width / 2 - width / 2, tile.y + tile.height / 2 - height / 2)
  return tiles.sort((a, b) => offCentre(a) - offCentre(b))
}

function numberIn(field: HTMLInputElement, what: string, least: number, most: number): number {
  const text = field.value.trim().replaceAll("−", "-").replaceAll(/[_\s]/g, "")
  const value = Number(text)
  if (text === "" || Number.isNaN(value)) {
    throw new InputError(`${what} must be a number${text === "" ? "" : `; “${field.value.trim()}” is none`}.`, field)
  }
  if (value < least || value > most) {
    const why = most === DEEPEST ? " Deeper, two pixels share their coordinates." : ""
    throw new InputError(`${what} must be from ${scientific(least)} to ${scientific(most)}.${why}`, field)
  }
  return value
}
