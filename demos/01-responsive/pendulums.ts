/** Pendulums seen from above: each swings once more per round than its neighbour. A late frame shows as a jerk. */

const COUNT = 24
/** Seconds after which all are back where they began. */
const ROUND = 40
const SLOWEST = 16

/** Draws them as they hang at a time, in milliseconds. */
export function drawPendulums(canvas: HTMLCanvasElement, colour: string, timeMs: number): void {
  const context = canvas.getContext("2d")!
  const { width, height } = canvas
  context.clearRect(0, 0, width, height)
  context.fillStyle = colour
  const radius = Math.min(height / 11, width / COUNT / 3)
  for (let i = 0; i < COUNT; i++) {
    const swing = Math.cos((2 * Math.PI * (SLOWEST + i) * timeMs) / 1000 / ROUND)
    const x = ((i + 0.5) / COUNT) * width
    const y = height / 2 + swing * (height / 2 - radius * 1.4)
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fill()
  }
}
