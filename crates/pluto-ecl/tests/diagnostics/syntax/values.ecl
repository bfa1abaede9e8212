policy p on custom {
  emit x { "amount": 1, receiver = b, c: }
  put profiles key { a: 1 }
  escalate { timeout: 1h fallback: deny }
}
