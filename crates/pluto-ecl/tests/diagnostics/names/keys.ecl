policy p on transaction (a: int) {
  cost { manna: 1, gas: a, gas: 2 }
  escalate { timeuot: 1h, fallback: deny }
}
