// Privacy, views, filters: who sees what.

enum field { name, address, birthday, health }

store consents {
  until: time
  fields: set<field>
  purpose: symbol
}

policy see_field on privacy (owner: did, consent: text<64>, wanted: field, purpose: symbol) {
  allow if owner == subject
  let found = consents[consent]
  match wanted {
    name => allow if subject has role "member"
    address | birthday => {
      require found?.until > now, "no consent"
      allow if found?.purpose == purpose
    }
    health => deny "health is never shared"
  }
}

test "one's own" for see_field {
  given owner = subject
  given consent = ""
  given wanted = health
  given purpose = care
  expect allow
}

test "members see names" for see_field {
  given subject has role "member"
  given consent = ""
  given wanted = name
  given purpose = chat
  expect allow
}

test "guests do not" for see_field {
  given consent = ""
  given wanted = name
  given purpose = chat
  expect deny
}

test "with consent" for see_field {
  given consent = "c1"
  given consents["c1"] = { until: 10, fields: [address], purpose: delivery }
  given now = 9
  given wanted = address
  given purpose = delivery
  expect allow
}

test "for another purpose" for see_field {
  given consent = "c1"
  given consents["c1"] = { until: 10, fields: [address], purpose: delivery }
  given now = 9
  given wanted = address
  given purpose = advertising
  expect deny
}

test "consent has ended" for see_field {
  given consent = "c1"
  given consents["c1"] = { until: 10, fields: [address], purpose: delivery }
  given now = 10
  given wanted = birthday
  given purpose = delivery
  expect deny "no consent"
}

test "health stays" for see_field {
  given consent = "c1"
  given consents["c1"] = { until: 10, fields: [health], purpose: research }
  given wanted = health
  given purpose = research
  expect deny "health is never shared"
}

policy export_data on privacy (owner: did, last: option<time>) {
  require owner == subject || subject has capability "data:export", "not yours"
  deny if last > now - 24h, "once a day"
  cost { mana: 100 }
  audit { export: true }
}

test "the first export" for export_data {
  given owner = subject
  expect allow
}

test "a day later" for export_data {
  given owner = subject
  given last = 1
  given now = 24h + 1ms
  expect allow
}

test "the same day" for export_data {
  given owner = subject
  given last = 2
  given now = 24h + 1ms
  expect deny "once a day"
}

test "an officer" for export_data {
  given subject has capability "data:export"
  expect allow
}

test "anybody" for export_data {
  given subject known
  expect deny "not yours"
}

policy forget on privacy (owner: did, hold: bool, age: duration) {
  require owner == subject, "not yours"
  deny if hold && age < 3650d, "kept by law"
}

test "forgotten" for forget {
  given owner = subject
  given hold = false
  given age = 1ms
  expect allow
}

test "kept for ten years" for forget {
  given owner = subject
  given hold = true
  given age = 3649d
  expect deny "kept by law"
}

test "after ten years" for forget {
  given owner = subject
  given hold = true
  given age = 3650d
  expect allow
}

test "not one's own" for forget {
  given hold = false
  given age = 1ms
  expect deny "not yours"
}

enum panel { feed, wallet, moderation, settings, debug }

policy show_panel on ui (which: panel, locale: symbol, developer: bool) {
  match which {
    feed | settings => allow
    wallet => allow if known(subject) && locale != XX
    moderation => allow if subject has role "moderator" || subject has role "admin"
    debug => allow if developer
  }
}

test "everybody sees the feed" for show_panel {
  given which = feed
  given locale = DE
  given developer = false
  expect allow
}

test "strangers have no wallet" for show_panel {
  given which = wallet
  given locale = DE
  given developer = false
  expect deny
}

test "the wallet" for show_panel {
  given subject known
  given which = wallet
  given locale = DE
  given developer = false
  expect allow
}

test "not in this place" for show_panel {
  given subject known
  given which = wallet
  given locale = XX
  given developer = false
  expect deny
}

test "moderators" for show_panel {
  given subject has role "moderator"
  given which = moderation
  given locale = DE
  given developer = false
  expect allow
}

test "developers" for show_panel {
  given which = debug
  given locale = DE
  given developer = true
  expect allow
}

policy banner on ui (seen: list<text<32>, 64>, banner: text<32>, from: time, until: time) {
  deny if any(s in seen where s == banner), "seen"
  allow if now >= from && now < until
}

test "the first moment" for banner {
  given seen = ["old"]
  given banner = "new"
  given from = 5
  given until = 6
  given now = 5
  expect allow
}

test "the last moment is over" for banner {
  given seen = []
  given banner = "new"
  given from = 5
  given until = 6
  given now = 6
  expect deny
}

test "seen already" for banner {
  given seen = ["old", "new"]
  given banner = "new"
  given from = 5
  given until = 6
  given now = 5
  expect deny "seen"
}

record row {
  realm: text<32>
  owner: did
  level: int
}

policy row_filter on datalogic (row: row, clearance: int) {
  allow if row.owner == subject
  deny if row.level > clearance, "clearance"
  allow if glob("public:*", row.realm) || subject has role "auditor"
}

test "one's own row" for row_filter {
  given row = { realm: "private:a", owner: subject, level: 9 }
  given clearance = 0
  expect allow
}

test "public" for row_filter {
  given row = { realm: "public:a", owner: bob, level: 3 }
  given clearance = 3
  expect allow
}

test "too high" for row_filter {
  given row = { realm: "public:a", owner: bob, level: 4 }
  given clearance = 3
  expect deny "clearance"
}

test "private" for row_filter {
  given row = { realm: "private:a", owner: bob, level: 0 }
  given clearance = 3
  expect deny
}

store scores {
  points: int = 0
  best: int = 0
}

policy add_score on datalogic (player: text<64>, points: int) {
  require points > 0 && points <= 1_000, "points"
  let before = scores[player]
  let sum = or_else(before?.points, 0) + points
  put scores[player] { points: sum, best: max(points, or_else(before?.best, 0)) }
}

test "the first points" for add_score {
  given player = "ann"
  given points = 1_000
  expect allow
}

test "too many" for add_score {
  given player = "ann"
  given points = 1_001
  expect deny "points"
}

test "an account that is full" for add_score {
  given player = "ann"
  given points = 1
  given scores["ann"] = { points: 9_223_372_036_854_775_807 }
  expect fault overflow
}

policy reset_score on datalogic (player: text<64>) {
  require scores[player]?.points != 0, "nothing there"
  delete scores[player]
}

test "something there" for reset_score {
  given player = "ann"
  given scores["ann"] = { points: -1 }
  expect allow
}

test "zero points" for reset_score {
  given player = "ann"
  given scores["ann"] = { points: 0 }
  expect deny "nothing there"
}

test "no record: a comparison with nothing is false" for reset_score {
  given player = "ann"
  expect deny "nothing there"
}
