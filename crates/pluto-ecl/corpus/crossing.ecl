// Who may enter a realm.

policy public_entry on crossing {
  allow if subject.trust.r > 0
}

test "a newcomer may come in" for public_entry {
  given subject known
  expect allow
}

test "no reliability at all is not enough" for public_entry {
  given subject.trust.r = 0
  expect deny
}

test "the smallest trust there is suffices" for public_entry {
  given subject.trust.r = 0.000001
  expect allow
}

test "nothing is decided about a stranger" for public_entry {
  expect fault unknown_entity
}

policy verified_users on crossing {
  require subject.trust.r >= 0.5, "reliability"
  require subject has credential "email-verified", "address not proven"
}

test "reliable and proven" for verified_users {
  given subject.trust.r = 0.5
  given subject has credential "email-verified"
  expect allow
}

test "just below the threshold" for verified_users {
  given subject.trust.r = 0.499999
  given subject has credential "email-verified"
  expect deny "reliability"
}

test "another credential does not help" for verified_users {
  given subject.trust.r = 0.9
  given subject has credential "phone-verified"
  expect deny "address not proven"
}

policy finance_entry on crossing {
  require subject.trust.r >= 0.7
  require subject has credential "kyc-verified", "identity not proven"
}

test "identity proven" for finance_entry {
  given subject.trust.r = 0.7
  given subject has credential "kyc-verified"
  expect allow
}

test "identity not proven" for finance_entry {
  given subject.trust.r = 0.7
  expect deny "identity not proven"
}

test "proven but not reliable" for finance_entry {
  given subject.trust.r = 0.6
  given subject has credential "kyc-verified"
  expect deny
}

enum purpose { visit, trade, settle }

record passport {
  issuer: did
  country: symbol
  expires: time
}

policy border on crossing (why: purpose, papers: option<passport>) {
  if why == visit {
    allow if norm(subject.trust) >= 0.2
    deny "visitors need some trust"
  }
  require present(papers), "no papers"
  deny if papers?.expires <= now, "papers expired"
  deny if papers?.issuer == subject, "papers of one's own making"
  match why {
    visit | trade => allow if papers?.country == DE || papers?.country == AT
    settle => escalate { timeout: 7d, fallback: deny }
  }
}

test "a trusted visitor needs no papers" for border {
  given why = visit
  given subject.trust = trust(0.2)
  expect allow
}

test "a newcomer is no visitor" for border {
  given why = visit
  given subject.trust = trust(0.199999)
  expect deny "visitors need some trust"
}

test "trade without papers" for border {
  given why = trade
  given subject known
  expect deny "no papers"
}

test "papers end at their moment" for border {
  given why = trade
  given now = 1_000
  given papers = { issuer: office, country: DE, expires: 1_000 }
  expect deny "papers expired"
}

test "papers hold until their moment" for border {
  given why = trade
  given now = 999
  given papers = { issuer: office, country: DE, expires: 1_000 }
  expect allow
}

test "papers from oneself" for border {
  given why = trade
  given papers = { issuer: subject, country: DE, expires: 1_000 }
  expect deny "papers of one's own making"
}

test "trade from elsewhere" for border {
  given why = trade
  given papers = { issuer: office, country: FR, expires: 1_000 }
  expect deny
}

test "settling is for people to decide" for border {
  given why = settle
  given papers = { issuer: office, country: FR, expires: 1_000 }
  expect escalate
}
