// Payments.

const limit_per_transfer = 10_000
const kyc_above = limit_per_transfer / 2

policy transfer_guard on transaction (amount: int, receiver: did) {
  require resolve(receiver), "unknown receiver"
  require norm(subject.trust) >= 0.6
  require norm(trust(receiver)) >= 0.4
  require amount > 0 && amount <= limit_per_transfer && amount <= subject.balance, "amount"
  if amount > kyc_above {
    require subject has credential "kyc-level-2", "identity not proven"
  }
  emit transfer_approved { amount, receiver }
}

test "a small transfer" for transfer_guard {
  given subject.trust = trust(0.6)
  given subject.balance = 5_000
  given receiver.trust = trust(0.4)
  given amount = 5_000
  expect allow
}

test "a large amount needs proof of identity" for transfer_guard {
  given subject.trust = trust(0.8)
  given subject.balance = 100_000
  given receiver.trust = trust(0.8)
  given amount = 5_001
  expect deny "identity not proven"
}

test "the largest amount, with proof" for transfer_guard {
  given subject.trust = trust(0.8)
  given subject.balance = 10_000
  given subject has credential "kyc-level-2"
  given receiver.trust = trust(0.8)
  given amount = 10_000
  expect allow
}

test "one more than the largest amount" for transfer_guard {
  given subject.trust = trust(0.8)
  given subject.balance = 100_000
  given subject has credential "kyc-level-2"
  given receiver.trust = trust(0.8)
  given amount = 10_001
  expect deny "amount"
}

test "nobody there" for transfer_guard {
  given subject.trust = trust(0.8)
  given amount = 1
  expect deny "unknown receiver"
}

test "the sender is not trusted" for transfer_guard {
  given subject.trust = trust(0.599999)
  given receiver known
  given amount = 1
  expect deny
}

test "the receiver is not trusted" for transfer_guard {
  given subject.trust = trust(0.6)
  given receiver.trust = trust(0.399999)
  given amount = 1
  expect deny
}

test "the sender is a stranger" for transfer_guard {
  given receiver known
  given amount = 1
  expect fault unknown_entity
}

record line {
  price: int
  quantity: int
}

record order {
  buyer: did
  seller: did
  lines: list<line, 8>
  paid: int
}

policy invoice on transaction (order: order) {
  let due = sum(l in order.lines of l.price * l.quantity)
  require order.buyer != order.seller, "with oneself"
  require length(order.lines) > 0, "nothing ordered"
  require all(l in order.lines where l.price >= 0 && l.quantity > 0), "odd line"
  require order.paid == due, "not the sum"
  cost { mana: due / 100 }
  emit invoice_settled { due, seller: order.seller }
}

test "paid in full" for invoice {
  given order.lines = [{ price: 3, quantity: 2 }, { price: 10, quantity: 1 }]
  given order.paid = 16
  expect allow
}

test "one short" for invoice {
  given order.lines = [{ price: 3, quantity: 2 }, { price: 10, quantity: 1 }]
  given order.paid = 15
  expect deny "not the sum"
}

test "nothing on it" for invoice {
  given order.lines = []
  given order.paid = 0
  expect deny "nothing ordered"
}

test "a line that pays the buyer" for invoice {
  given order.lines = [{ price: -3, quantity: 2 }]
  given order.paid = -6
  expect deny "odd line"
}

test "buyer and seller are one" for invoice {
  given order.buyer = ann
  given order.seller = ann
  given order.lines = [{ price: 1, quantity: 1 }]
  given order.paid = 1
  expect deny "with oneself"
}

test "more than numbers can hold" for invoice {
  given order.lines = [{ price: 9_223_372_036_854_775_807, quantity: 2 }]
  given order.paid = 0
  expect fault overflow
}

policy fee on transaction (amount: fixed, rate: fixed, parties: int) {
  let share = amount * rate / fixed(parties)
  require rate >= 0 && rate <= 0.05, "rate"
  require share >= 0.01, "below one cent"
  emit fee_taken { share }
}

test "a cent each" for fee {
  given amount = 4
  given rate = 0.005
  given parties = 2
  expect allow
}

test "less than a cent each" for fee {
  given amount = 3.999999
  given rate = 0.005
  given parties = 2
  expect deny "below one cent"
}

test "too high a rate" for fee {
  given amount = 100
  given rate = 0.050001
  given parties = 1
  expect deny "rate"
}

test "shared by nobody" for fee {
  given amount = 1
  given rate = 0.01
  given parties = 0
  expect fault division_by_zero
}

policy refund on transaction (paid_at: time, amount: int, disputed: bool) {
  deny if amount <= 0, "amount"
  if disputed {
    escalate { timeout: 72h, fallback: deny }
  }
  allow if now - paid_at <= 14d
}

test "within two weeks" for refund {
  given now = 14d
  given paid_at = 0
  given amount = 1
  given disputed = false
  expect allow
}

test "a millisecond late" for refund {
  given now = 14d + 1ms
  given paid_at = 0
  given amount = 1
  given disputed = false
  expect deny
}

test "disputes go to people" for refund {
  given paid_at = 0
  given amount = 1
  given disputed = true
  expect escalate
}

test "nothing to refund" for refund {
  given paid_at = 0
  given amount = 0
  given disputed = true
  expect deny "amount"
}

test "moments that lie too far apart" for refund {
  given now = 9_223_372_036_854_775_807
  given paid_at = -1
  given amount = 1
  given disputed = false
  expect fault overflow
}
