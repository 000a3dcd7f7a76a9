// Loaded into a task's process before its own code: asks it to stop cleanly when the bootstrap that started it is gone.
const parent = process.ppid
const timer = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(timer)
  process.kill(process.pid, "SIGTERM")
}, 500)
timer.unref()
