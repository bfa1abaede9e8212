// Proposals, votes, signatures.

policy multisig on governance (approvers: list<did, 16>) {
  require count(a in approvers where norm(trust(a)) >= 0.8) >= 2, "signatures"
}

test "two who are trusted" for multisig {
  given approvers = [ann, bob, eve]
  given ann.trust = trust(0.8)
  given bob.trust = trust(0.9)
  given eve.trust = trust(0.1)
  expect allow
}

test "one is not enough" for multisig {
  given approvers = [ann, bob]
  given ann.trust = trust(0.8)
  given bob.trust = trust(0.799999)
  expect deny "signatures"
}

test "nobody signed" for multisig {
  given approvers = []
  expect deny "signatures"
}

test "a stranger among them" for multisig {
  given approvers = [ann, mallory]
  given ann.trust = trust(0.8)
  expect fault unknown_entity
}

record ballot {
  voter: did
  weight: int
  yes: bool
}

policy vote_passes on governance (ballots: list<ballot, 64>, seats: int) {
  const quorum_percent = 40
  let cast = sum(b in ballots of b.weight)
  let yes = sum(b in ballots of b.weight where b.yes)
  require all(b in ballots where b.weight > 0 && b.voter has role "member"), "ballot of no member"
  require cast * 100 / seats >= quorum_percent, "quorum"
  allow if yes * 2 > cast
}

test "a majority" for vote_passes {
  given ballots = [{ voter: ann, weight: 2, yes: true }, { voter: bob, weight: 1, yes: false }]
  given ann has role "member"
  given bob has role "member"
  given seats = 7
  expect allow
}

test "a tie is no majority" for vote_passes {
  given ballots = [{ voter: ann, weight: 2, yes: true }, { voter: bob, weight: 2, yes: false }]
  given ann has role "member"
  given bob has role "member"
  given seats = 4
  expect deny
}

test "too few came" for vote_passes {
  given ballots = [{ voter: ann, weight: 2, yes: true }]
  given ann has role "member"
  given seats = 6
  expect deny "quorum"
}

test "somebody voted who may not" for vote_passes {
  given ballots = [{ voter: eve, weight: 9, yes: true }]
  given seats = 1
  expect deny "ballot of no member"
}

test "a parliament without seats" for vote_passes {
  given ballots = []
  given seats = 0
  expect fault division_by_zero
}

enum motion { spend, change_rules, remove_member }

policy propose on governance (what: motion, amount: option<int>, last: time) {
  require subject has role "member"
  require now - last >= 24h, "one proposal a day"
  match what {
    spend => require present(amount) && or_else(amount, 0) > 0, "no amount"
    change_rules => require subject.trust.omega >= 0.7, "rules"
    remove_member => require norm(subject.trust) >= 0.75 && subject.trust.v >= 0.5, "standing"
  }
  audit { kind: what, amount: or_else(amount, 0) }
}

test "spend something" for propose {
  given subject has role "member"
  given now = 24h
  given last = 0
  given what = spend
  given amount = 10
  expect allow
}

test "spend an unknown amount" for propose {
  given subject has role "member"
  given now = 24h
  given last = 0
  given what = spend
  expect deny "no amount"
}

test "twice a day" for propose {
  given subject has role "member"
  given now = 24h
  given last = 1
  given what = spend
  given amount = 10
  expect deny "one proposal a day"
}

test "rules are for those who keep them" for propose {
  given subject has role "member"
  given subject.trust.omega = 0.69
  given now = 24h
  given last = 0
  given what = change_rules
  expect deny "rules"
}

test "removing takes standing" for propose {
  given subject has role "member"
  given subject.trust = trust(0.74)
  given now = 24h
  given last = 0
  given what = remove_member
  expect deny "standing"
}

test "guests propose nothing" for propose {
  given subject known
  given now = 24h
  given last = 0
  given what = spend
  expect deny
}

policy quadratic_voice on governance (credits: int, votes: int) {
  require credits >= 0, "credits"
  require votes <= sqrt(credits), "votes"
}

test "the square root of the credits" for quadratic_voice {
  given credits = 24
  given votes = 4
  expect allow
}

test "one vote more" for quadratic_voice {
  given credits = 24
  given votes = 5
  expect deny "votes"
}

test "debts buy nothing" for quadratic_voice {
  given credits = -1
  given votes = 0
  expect deny "credits"
}

policy emergency on governance (guardians: list<did, 5>, severity: int) {
  deny if severity < 1 || severity > 5, "severity"
  allow if severity >= 4 && count(g in guardians where g has role "guardian") >= 3
  if severity >= 3 {
    escalate { timeout: 1h, fallback: allow }
  }
  deny "not urgent"
}

test "three guardians" for emergency {
  given guardians = [ann, bob, cyd]
  given ann has role "guardian"
  given bob has role "guardian"
  given cyd has role "guardian"
  given severity = 4
  expect allow
}

test "two guardians ask the people" for emergency {
  given guardians = [ann, bob]
  given ann has role "guardian"
  given bob has role "guardian"
  given severity = 4
  expect escalate
}

test "nothing happened" for emergency {
  given guardians = []
  given severity = 2
  expect deny "not urgent"
}

test "off the scale" for emergency {
  given guardians = []
  given severity = 6
  expect deny "severity"
}
