record order { buyer: did, amount: int }

policy p on transaction (o: order, limit: int, receiver: did) {
  require o.amount < limit && known(receiver) && o.buyer.balance > 1, "amount"
}

test "unknown things" for p {
  given o = { buyer: ann, amount: 1 }
  given limt = 5
  given limit = 5
  given recever.trust = trust(0.5)
  given o.amount.x = 5
  given subject.trust.q = 0.5
  given limit.balance = 5
  expect allow
}

test "missing" for p {
  given o.buyer = ann
  expect allow
}

test "twice" for p {
  given limit = 1
  given limit = 2
  given o = { buyer: ann, amount: 1 }
  given o.amount = 3
  given ann.balance = 1
  given ann.balance = 2
  expect allow
}

test "no such policy" for q {
  expect allow
}
