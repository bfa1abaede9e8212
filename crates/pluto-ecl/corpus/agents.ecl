// What agents may do for people: tools, budgets, shells.

enum tool { search, read_file, write_file, send_mail, pay, shell }

record grant {
  tools: set<tool>
  path: text<128>
  budget: int
  expires: time
}

policy tool_call on controller (owner: did, grant: grant, use: tool, path: text<256>, price: int, spent: int) {
  require subject has capability "agent", "no agent"
  require grant.expires > now, "grant expired"
  require use in grant.tools, "tool"
  deny if price < 0, "price"
  match use {
    search => require norm(owner.trust) >= 0.3, "owner"
    read_file | write_file => require glob(grant.path, path), "path"
    send_mail | pay => require spent + price <= grant.budget, "budget"
    shell => escalate { timeout: 10m, fallback: deny }
  }
  cost { mana: price }
  audit { tool: use, price: price }
}

test "a payment within the budget" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [pay, search], path: "", budget: 100, expires: 10 }
  given use = pay
  given path = ""
  given price = 60
  given spent = 40
  given owner known
  expect allow
}

test "one above the budget" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [pay, search], path: "", budget: 100, expires: 10 }
  given use = pay
  given path = ""
  given price = 61
  given spent = 40
  expect deny "budget"
}

test "a sum that no number holds" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [pay], path: "", budget: 100, expires: 10 }
  given use = pay
  given path = ""
  given price = 9_223_372_036_854_775_807
  given spent = 1
  expect fault overflow
}

test "a tool nobody granted" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [search], path: "", budget: 100, expires: 10 }
  given use = shell
  given path = ""
  given price = 0
  given spent = 0
  expect deny "tool"
}

test "a shell, granted, is still for people" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [shell], path: "", budget: 100, expires: 10 }
  given use = shell
  given path = ""
  given price = 0
  given spent = 0
  expect escalate
}

test "a file below" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [read_file], path: "/data/ann/**", budget: 0, expires: 10 }
  given use = read_file
  given path = "/data/ann/notes/a.txt"
  given price = 0
  given spent = 0
  expect allow
}

test "a file beside" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [write_file], path: "/data/ann/**", budget: 0, expires: 10 }
  given use = write_file
  given path = "/data/bob/a.txt"
  given price = 0
  given spent = 0
  expect deny "path"
}

test "a newcomer's agent" for tool_call {
  given subject has capability "agent"
  given owner.trust = trust(0.299999)
  given grant = { tools: [search], path: "", budget: 0, expires: 10 }
  given use = search
  given path = ""
  given price = 0
  given spent = 0
  expect deny "owner"
}

test "the grant has ended" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [search], path: "", budget: 0, expires: 10 }
  given now = 10
  given use = search
  given path = ""
  given price = 0
  given spent = 0
  expect deny "grant expired"
}

test "nobody's agent" for tool_call {
  given grant = { tools: [search], path: "", budget: 0, expires: 10 }
  given use = search
  given path = ""
  given price = 0
  given spent = 0
  expect deny "no agent"
}

test "paid for searching" for tool_call {
  given subject has capability "agent"
  given grant = { tools: [search], path: "", budget: 0, expires: 10 }
  given use = search
  given path = ""
  given price = -1
  given spent = 0
  expect deny "price"
}

record command {
  critical: bool
  routine: bool
}

policy shell_escalation on controller (cmd: command) {
  if cmd.critical { deny "manual approval" }
  if subject.trust.omega < 0.5 { deny "trust" }
  if cmd.routine && subject.trust.omega >= 0.8 { allow }
  if subject.trust.omega < 0.85 { escalate { timeout: 24h, fallback: deny } }
  allow
}

test "routine" for shell_escalation {
  given cmd = { critical: false, routine: true }
  given subject.trust.omega = 0.8
  expect allow
}

test "not routine" for shell_escalation {
  given cmd = { critical: false, routine: false }
  given subject.trust.omega = 0.849999
  expect escalate
}

test "not routine, but trusted" for shell_escalation {
  given cmd = { critical: false, routine: false }
  given subject.trust.omega = 0.85
  expect allow
}

test "critical" for shell_escalation {
  given cmd = { critical: true, routine: true }
  given subject.trust.omega = 1
  expect deny "manual approval"
}

test "not trusted" for shell_escalation {
  given cmd.critical = false
  given cmd.routine = true
  given subject.trust.omega = 0.499999
  expect deny "trust"
}

policy moderation on controller (action: enum { edit, hide, remove, ban }, role: symbol) {
  match action {
    remove | ban => require role in {admin, super_admin} && subject.trust.i >= 0.9
    edit | hide => require role in {moderator, admin, super_admin} && subject.trust.c >= 0.7
  }
}

test "a moderator hides" for moderation {
  given action = hide
  given role = moderator
  given subject.trust.c = 0.7
  expect allow
}

test "a moderator bans nobody" for moderation {
  given action = ban
  given role = moderator
  given subject.trust = trust(1.0)
  expect deny
}

test "an admin without competence" for moderation {
  given action = edit
  given role = admin
  given subject.trust.c = 0.699999
  expect deny
}

record spending {
  day: int
  week: int
}

policy spending_limit on controller (principal: did, so_far: spending, amount: int) {
  const day_max = 500
  let generous = principal has credential "allowance"
  let week_max = if generous then 5_000 else 1_000
  require amount > 0, "amount"
  require so_far.day + amount <= day_max, "day"
  require so_far.week + amount <= week_max, "week"
}

test "the last of the day" for spending_limit {
  given so_far = { day: 400, week: 900 }
  given amount = 100
  expect allow
}

test "more than a day" for spending_limit {
  given so_far = { day: 400, week: 400 }
  given amount = 101
  expect deny "day"
}

test "more than a week" for spending_limit {
  given so_far = { day: 0, week: 900 }
  given amount = 101
  expect deny "week"
}

test "an allowance" for spending_limit {
  given principal has credential "allowance"
  given so_far = { day: 0, week: 900 }
  given amount = 101
  expect allow
}

test "nothing" for spending_limit {
  given so_far = { day: 0, week: 0 }
  given amount = 0
  expect deny "amount"
}

policy delegate on controller (depth: int, heir: did, caps: list<text<64>, 16>) {
  require depth < 3, "too deep"
  deny if heir == subject, "to oneself"
  require all(c in caps where !contains(c, "admin")), "admin is not handed on"
  require count(c in caps where starts_with(c, "kv:")) <= 2, "too many keys"
}

test "two keys" for delegate {
  given depth = 2
  given caps = ["kv:a", "kv:b", "mail"]
  expect allow
}

test "three keys" for delegate {
  given depth = 2
  given caps = ["kv:a", "kv:b", "kv:c"]
  expect deny "too many keys"
}

test "the fourth hand" for delegate {
  given depth = 3
  given caps = []
  expect deny "too deep"
}

test "admin" for delegate {
  given depth = 0
  given caps = ["realm:admin"]
  expect deny "admin is not handed on"
}

test "to oneself" for delegate {
  given depth = 0
  given heir = subject
  given caps = []
  expect deny "to oneself"
}
