// Joining, inviting, leaving, rising.

const members_max = 5_000

policy join on membership (invited_by: option<did>, size: int, fee_paid: int) {
  deny if size >= members_max, "full"
  if present(invited_by) {
    deny if invited_by == subject, "self-invitation"
    allow if norm(or_else(invited_by, subject).trust) >= 0.5
  }
  require fee_paid >= 100, "fee"
  require subject has credential "human", "not proven human"
  allow
}

test "invited by somebody trusted" for join {
  given invited_by = bob
  given bob.trust = trust(0.5)
  given size = 4_999
  given fee_paid = 0
  expect allow
}

test "invited by a newcomer, so the fee is due" for join {
  given invited_by = bob
  given bob.trust = trust(0.499999)
  given size = 10
  given fee_paid = 99
  expect deny "fee"
}

test "paid and proven" for join {
  given subject has credential "human"
  given size = 10
  given fee_paid = 100
  expect allow
}

test "paid, not proven" for join {
  given size = 10
  given fee_paid = 100
  expect deny "not proven human"
}

test "full" for join {
  given size = 5_000
  given fee_paid = 100
  expect deny "full"
}

test "inviting oneself" for join {
  given invited_by = subject
  given subject.trust = trust(1.0)
  given size = 1
  given fee_paid = 0
  expect deny "self-invitation"
}

test "invited by a stranger" for join {
  given invited_by = mallory
  given size = 1
  given fee_paid = 0
  expect fault unknown_entity
}

policy invite on membership (guest: did, open_invitations: int) {
  require subject has role "member"
  deny if known(guest) && guest has role "banned", "banned"
  require open_invitations < 3 || subject has role "host", "too many open"
  emit invited { guest }
}

test "the third invitation" for invite {
  given subject has role "member"
  given open_invitations = 2
  expect allow
}

test "the fourth" for invite {
  given subject has role "member"
  given open_invitations = 3
  expect deny "too many open"
}

test "hosts may invite more" for invite {
  given subject has role "member"
  given subject has role "host"
  given open_invitations = 30
  expect allow
}

test "who was banned stays out" for invite {
  given subject has role "member"
  given guest has role "banned"
  given open_invitations = 0
  expect deny "banned"
}

test "guests invite nobody" for invite {
  given subject known
  given open_invitations = 0
  expect deny
}

policy leave on membership (debt: int, since: time) {
  require debt <= 0, "debt"
  require now - since >= 24h, "wait a day"
}

test "free to go" for leave {
  given debt = 0
  given since = 0
  given now = 24h
  expect allow
}

test "debts first" for leave {
  given debt = 1
  given since = 0
  given now = 24h
  expect deny "debt"
}

test "too soon" for leave {
  given debt = 0
  given since = 1
  given now = 24h
  expect deny "wait a day"
}

enum rank { guest, member, host, keeper }

policy promote on membership (candidate: did, to: rank, months: int, sponsor: did) {
  let together = combine(candidate.trust, sponsor.trust)
  deny if candidate == sponsor, "own sponsor"
  match to {
    guest => deny "nobody rises to guest"
    member => require months >= 1 && together.r >= 0.75, "member"
    host => require months >= 6 && norm(together) >= 0.75, "host"
    keeper => escalate { timeout: 14d, fallback: deny }
  }
}

test "two halves make three quarters" for promote {
  given to = member
  given months = 1
  given candidate.trust = trust(0.5)
  given sponsor.trust = trust(0.5)
  expect allow
}

test "a little less than two halves" for promote {
  given to = member
  given months = 1
  given candidate.trust = trust(0.5)
  given sponsor.trust = trust(0.499999)
  expect deny "member"
}

test "half a year" for promote {
  given to = host
  given months = 5
  given candidate.trust = trust(0.9)
  given sponsor.trust = trust(0.9)
  expect deny "host"
}

test "keepers are chosen" for promote {
  given to = keeper
  given months = 0
  given candidate known
  given sponsor known
  expect escalate
}

test "no way down" for promote {
  given to = guest
  given months = 9
  given candidate known
  given sponsor known
  expect deny "nobody rises to guest"
}

test "one's own sponsor" for promote {
  given candidate = ann
  given sponsor = ann
  given ann.trust = trust(0.9)
  given to = member
  given months = 9
  expect deny "own sponsor"
}

test "sponsored by a stranger" for promote {
  given to = member
  given months = 9
  given candidate known
  expect fault unknown_entity
}
