const start = now
const me = subject.balance
const half = 10 / 2
record r { x: int }

policy p on custom (a: int) {
  const doubled = a * 2
  require a in {1, a}
  require doubled > half && half > 0
}
