// Sends the page a message every 50 ms, with the time. How late it arrives is how long an event would have waited.
setInterval(() => postMessage(performance.timeOrigin + performance.now()), 50)
