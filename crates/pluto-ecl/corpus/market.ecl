// A market for computing: bids, jobs, settlement. And numbers at their edges.

record bid {
  node: did
  price: fixed
  cores: int
  bonded: bool
}

policy accept_bid on custom (bids: list<bid, 16>, chosen: bid, budget: fixed) {
  require chosen.price <= budget, "budget"
  require chosen.bonded || norm(chosen.node.trust) >= 0.6, "no bond"
  require all(b in bids where b.price >= chosen.price || b.cores < chosen.cores), "a better bid was there"
  emit job_assigned { node: chosen.node, price: chosen.price }
}

test "the cheapest that is large enough" for accept_bid {
  given bids = [
    { node: n1, price: 0.5, cores: 2, bonded: true },
    { node: n2, price: 0.75, cores: 8, bonded: true },
  ]
  given chosen = { node: n2, price: 0.75, cores: 8, bonded: true }
  given budget = 0.75
  expect allow
}

test "a better bid" for accept_bid {
  given bids = [{ node: n1, price: 0.5, cores: 8, bonded: true }]
  given chosen = { node: n2, price: 0.75, cores: 8, bonded: true }
  given budget = 1
  expect deny "a better bid was there"
}

test "a millionth above the budget" for accept_bid {
  given bids = []
  given chosen = { node: n2, price: 0.750001, cores: 8, bonded: true }
  given budget = 0.75
  expect deny "budget"
}

test "trust instead of a bond" for accept_bid {
  given bids = []
  given chosen = { node: n2, price: 1, cores: 8, bonded: false }
  given n2.trust = trust(0.6)
  given budget = 1
  expect allow
}

test "neither" for accept_bid {
  given bids = []
  given chosen = { node: n2, price: 1, cores: 8, bonded: false }
  given n2.trust = trust(0.5)
  given budget = 1
  expect deny "no bond"
}

test "nobody knows the node" for accept_bid {
  given bids = []
  given chosen = { node: n2, price: 1, cores: 8, bonded: false }
  given budget = 1
  expect fault unknown_entity
}

policy settle_job on transaction (agreed: fixed, seconds: int, per_hour: fixed, late: duration) {
  let used = per_hour * seconds / 3_600
  let penalty = if late > 1h then agreed / 10 else 0.0
  let due = max(used - penalty, 0)
  require due <= agreed, "more than agreed"
  require seconds >= 0, "time"
  emit job_settled { due, penalty }
}

test "an hour" for settle_job {
  given agreed = 2
  given seconds = 3_600
  given per_hour = 2
  given late = 1h
  expect allow
}

test "an hour and two seconds" for settle_job {
  given agreed = 2
  given seconds = 3_602
  given per_hour = 2
  given late = 0s
  expect deny "more than agreed"
}

test "late, so cheaper" for settle_job {
  given agreed = 2
  given seconds = 3_602
  given per_hour = 2
  given late = 2h
  expect allow
}

test "time that runs backwards" for settle_job {
  given agreed = 2
  given seconds = -1
  given per_hour = 2
  given late = 0s
  expect deny "time"
}

test "dearer than any number" for settle_job {
  given agreed = 2
  given seconds = 9_223_372_036_854
  given per_hour = 9_000_000
  given late = 0s
  expect fault overflow
}

policy even_split on custom (total: int, parts: int) {
  require total % parts == 0, "remainder"
  require abs(total) / parts >= 1, "nothing for each"
}

test "even" for even_split {
  given total = 12
  given parts = 4
  expect allow
}

test "odd" for even_split {
  given total = 13
  given parts = 4
  expect deny "remainder"
}

test "nothing to split" for even_split {
  given total = 0
  given parts = 4
  expect deny "nothing for each"
}

test "in no parts" for even_split {
  given total = 12
  given parts = 0
  expect fault division_by_zero
}

test "what short-circuits does not fault" for guarded_ratio {
  given a = 10
  given b = 0
  expect deny
}

policy guarded_ratio on custom (a: int, b: int) {
  require b != 0 && a / b >= 2
}

test "twice as much" for guarded_ratio {
  given a = 10
  given b = 5
  expect allow
}

policy clamp_price on custom (asked: fixed, low: fixed, high: fixed) {
  let price = clamp(asked, low, high)
  require price >= low, "bounds are the wrong way round"
  require int(price) == sqrt(int(price) * int(price)), "negative"
}

test "within" for clamp_price {
  given asked = 3.7
  given low = 1
  given high = 5
  expect allow
}

test "the upper bound wins" for clamp_price {
  given asked = 3
  given low = 5
  given high = 1
  expect deny "bounds are the wrong way round"
}

test "negative prices" for clamp_price {
  given asked = -3
  given low = -5
  given high = 1
  expect deny "negative"
}

policy root on custom (n: int) {
  require sqrt(n) < 1_000, "large"
}

test "just below a million" for root {
  given n = 999_999
  expect allow
}

test "a million" for root {
  given n = 1_000_000
  expect deny "large"
}

test "no root below zero" for root {
  given n = -1
  expect fault overflow
}

policy negate_debt on custom (debt: int) {
  require -debt >= -100, "debt"
}

test "the largest debt" for negate_debt {
  given debt = 100
  expect allow
}

test "one more" for negate_debt {
  given debt = 101
  expect deny "debt"
}

test "the smallest number has no opposite" for negate_debt {
  given debt = -9_223_372_036_854_775_807 - 1
  expect fault overflow
}
