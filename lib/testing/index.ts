/**
 * Door `asyncio-web/testing`: programs on a virtual clock.
 *
 * @see trio's MockClock, pytest-asyncio
 */
export { TestEventLoop, type TestEventLoopOptions } from "./test-event-loop.js"
export { VirtualHost } from "./virtual-host.js"
