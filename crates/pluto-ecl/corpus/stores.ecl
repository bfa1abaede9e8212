// Keys, secrets, profiles: records and who may touch them.

enum operation { read, list, write, delete_key, write_schema }

record kv_cap {
  space: text<64>
  key: text<128>
  ops: set<operation>
}

policy kv_access on store (op: operation, space: text<64>, key: text<128>, caps: list<kv_cap, 32>) {
  require any(c in caps where glob(c.space, space) && glob(c.key, key) && op in c.ops), "no capability"
  match op {
    read | list => require subject.trust.omega >= 0.4, "trust"
    write => require subject.trust.omega >= 0.6 && subject.trust.i >= 0.5, "trust"
    delete_key => require subject.trust.omega >= 0.7 && subject.trust.i >= 0.6 && subject.trust.r >= 0.6, "trust"
    write_schema => require subject.trust.omega >= 0.85 && subject has capability "kv:schema_write", "schema"
  }
}

test "reading what the capability names" for kv_access {
  given op = read
  given space = "prod"
  given key = "users/ann/name"
  given caps = [{ space: "dev", key: "**", ops: [read, list] }, { space: "prod", key: "users/**", ops: [read] }]
  given subject.trust = trust(0.4)
  expect allow
}

test "one star stays within a segment" for kv_access {
  given op = read
  given space = "prod"
  given key = "users/ann/name"
  given caps = [{ space: "prod", key: "users/*", ops: [read] }]
  given subject.trust = trust(0.9)
  expect deny "no capability"
}

test "the capability is not for writing" for kv_access {
  given op = write
  given space = "prod"
  given key = "users/ann"
  given caps = [{ space: "prod", key: "users/*", ops: [read, list] }]
  given subject.trust = trust(0.9)
  expect deny "no capability"
}

test "reading with too little trust" for kv_access {
  given op = list
  given space = "prod"
  given key = "a"
  given caps = [{ space: "*", key: "?", ops: [list] }]
  given subject.trust = trust(0.399999)
  expect deny "trust"
}

test "writing takes integrity" for kv_access {
  given op = write
  given space = "prod"
  given key = "a"
  given caps = [{ space: "*", key: "*", ops: [write] }]
  given subject.trust = { omega: 0.6, i: 0.499999 }
  expect deny "trust"
}

test "deleting takes reliability" for kv_access {
  given op = delete_key
  given space = "prod"
  given key = "a"
  given caps = [{ space: "*", key: "*", ops: [delete_key] }]
  given subject.trust = { omega: 0.7, i: 0.6, r: 0.5 }
  expect deny "trust"
}

test "schemas take a capability of the realm" for kv_access {
  given op = write_schema
  given space = "prod"
  given key = "a"
  given caps = [{ space: "*", key: "*", ops: [write_schema] }]
  given subject.trust = trust(1.0)
  expect deny "schema"
}

test "no capability at all" for kv_access {
  given op = read
  given space = "prod"
  given key = "a"
  given caps = []
  given subject.trust = trust(1.0)
  expect deny "no capability"
}

test "a stranger with a capability" for kv_access {
  given op = read
  given space = "prod"
  given key = "a"
  given caps = [{ space: "*", key: "*", ops: [read] }]
  expect fault unknown_entity
}

record resource {
  kind: enum { document, secrets, keys }
  size_mb: int
}

record approval {
  quorum: int
  age: duration
}

policy vault on store (res: resource, approval: option<approval>, geo: symbol) {
  require norm(subject.trust) >= 0.85
  if res.kind == secrets {
    require approval?.quorum >= 2 && approval?.age < 1h, "approval"
  }
  require geo in {DE, AT, CH, FR, NL, BE}, "place"
  cost { mana: res.size_mb * 10, gas: 1 }
  audit { content_hash: true }
}

test "a document" for vault {
  given subject.trust = trust(0.85)
  given res = { kind: document, size_mb: 3 }
  given geo = CH
  expect allow
}

test "secrets without approval" for vault {
  given subject.trust = trust(0.9)
  given res = { kind: secrets, size_mb: 3 }
  given geo = CH
  expect deny "approval"
}

test "secrets with a fresh approval" for vault {
  given subject.trust = trust(0.9)
  given res = { kind: secrets, size_mb: 3 }
  given approval = { quorum: 2, age: 59m }
  given geo = CH
  expect allow
}

test "an approval of an hour is old" for vault {
  given subject.trust = trust(0.9)
  given res.kind = secrets
  given res.size_mb = 3
  given approval.quorum = 5
  given approval.age = 1h
  given geo = CH
  expect deny "approval"
}

test "elsewhere" for vault {
  given subject.trust = trust(0.9)
  given res = { kind: document, size_mb: 3 }
  given geo = US
  expect deny "place"
}

test "not trusted" for vault {
  given subject.trust = trust(0.84)
  given res = { kind: document, size_mb: 3 }
  given geo = DE
  expect deny
}

test "a file larger than any" for vault {
  given subject.trust = trust(0.9)
  given res = { kind: document, size_mb: 1_000_000_000_000_000_000 }
  given geo = DE
  expect fault overflow
}

store profiles version 3 {
  name: text<64>
  owner: did
  email: option<text<64>> = none
  visits: int = 0
  index name
  index owner
}

migrate profiles from 1 { full_name: text<32>, owner: did } {
  name: old.full_name
  owner: old.owner
  contact: "none"
}

migrate profiles from 2 { name: text<32>, owner: did, contact: text<64> } {
  name: old.name
  owner: old.owner
  email: if old.contact == "none" then none else some(old.contact)
  visits: 0
}

policy create_profile on store (key: text<64>, name: text<64>) {
  deny if present(profiles[key]), "taken"
  require length(name) >= 2, "name too short"
  put profiles[key] { name, owner: subject }
  emit profile_created { key }
}

test "a new profile" for create_profile {
  given key = "ann"
  given name = "An"
  expect allow
}

test "the key is taken" for create_profile {
  given key = "ann"
  given name = "Ann"
  given profiles["ann"] = { name: "Ann", owner: bob }
  expect deny "taken"
}

test "one letter is no name" for create_profile {
  given key = "a"
  given name = "A"
  expect deny "name too short"
}

policy rename_profile on store (key: text<64>, name: text<64>) {
  let profile = profiles[key]
  require present(profile), "no such profile"
  require profile?.owner == subject || subject has role "moderator", "not yours"
  put profiles[key] {
    name
    owner: or_else(profile?.owner, subject)
    email: profile?.email
    visits: or_else(profile?.visits, 0) + 1
  }
}

test "one's own" for rename_profile {
  given key = "ann"
  given name = "Anna"
  given profiles["ann"] = { name: "Ann", owner: subject, visits: 3 }
  expect allow
}

test "somebody else's" for rename_profile {
  given key = "bob"
  given name = "Anna"
  given profiles["bob"] = { name: "Bob", owner: bob }
  expect deny "not yours"
}

test "moderators may" for rename_profile {
  given key = "bob"
  given name = "Bobby"
  given subject has role "moderator"
  given profiles["bob"] = { name: "Bob", owner: bob, email: some("bob@example.org") }
  expect allow
}

test "nobody's" for rename_profile {
  given key = "cyd"
  given name = "Cyd"
  given profiles["bob"] = { name: "Bob", owner: bob }
  expect deny "no such profile"
}

test "renamed more often than numbers go" for rename_profile {
  given key = "ann"
  given name = "Anna"
  given profiles["ann"] = { name: "Ann", owner: subject, visits: 9_223_372_036_854_775_807 }
  expect fault overflow
}

policy delete_profile on store (key: text<64>) {
  require profiles[key]?.owner == subject, "not yours"
  delete profiles[key]
  emit profile_deleted { key }
}

test "one's own goes" for delete_profile {
  given key = "ann"
  given profiles["ann"] = { name: "Ann", owner: subject }
  expect allow
}

test "what is not there belongs to nobody" for delete_profile {
  given key = "ann"
  expect deny "not yours"
}
