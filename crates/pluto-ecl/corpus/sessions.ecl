// Interfaces: sessions, rates, calls of machines.

const session_length = 1h

policy session on api (started: time) {
  require now - started < session_length, "expired"
}

test "a moment before the end" for session {
  given now = 1h - 1ms
  given started = 0
  expect allow
}

test "the end" for session {
  given now = 1h
  given started = 0
  expect deny "expired"
}

policy sliding_session on api (started: time, last_seen: time, remember: bool) {
  let idle_max = if remember then 7d else 15m
  deny if last_seen < started, "clock"
  require now - last_seen <= idle_max, "idle"
  require now - started <= idle_max * 4, "too old"
}

test "idle for a quarter of an hour" for sliding_session {
  given now = 15m
  given started = 0
  given last_seen = 0
  given remember = false
  expect allow
}

test "idle a moment longer" for sliding_session {
  given now = 15m + 1ms
  given started = 0
  given last_seen = 0
  given remember = false
  expect deny "idle"
}

test "remembered for a week" for sliding_session {
  given now = 7d
  given started = 0
  given last_seen = 0
  given remember = true
  expect allow
}

test "an old session in use" for sliding_session {
  given now = 61m
  given started = 0
  given last_seen = 60m
  given remember = false
  expect deny "too old"
}

test "seen before it began" for sliding_session {
  given started = 1
  given last_seen = 0
  given remember = false
  expect deny "clock"
}

enum verb { get, head, post, put_, delete_ }

record call {
  verb: verb
  path: text<512>
  body_bytes: int
}

policy route on api (call: call, scopes: set<scope>) {
  deny if contains(call.path, ".."), "path"
  deny if call.body_bytes > 1_048_576, "body"
  match call.verb {
    get | head => require read in scopes && glob("/v1/**", call.path), "scope"
    post | put_ => require write in scopes && starts_with(call.path, "/v1/realms/"), "scope"
    delete_ => require admin in scopes && !ends_with(call.path, "/self"), "scope"
  }
  cost { mana: 1 + call.body_bytes / 1_024 }
}

enum scope { read, write, admin }

test "reading" for route {
  given call = { verb: get, path: "/v1/realms/a/events", body_bytes: 0 }
  given scopes = [read]
  expect allow
}

test "reading another version" for route {
  given call = { verb: head, path: "/v2/realms", body_bytes: 0 }
  given scopes = [read, admin]
  expect deny "scope"
}

test "the largest body" for route {
  given call = { verb: post, path: "/v1/realms/a", body_bytes: 1_048_576 }
  given scopes = [write]
  expect allow
}

test "a larger body" for route {
  given call = { verb: post, path: "/v1/realms/a", body_bytes: 1_048_577 }
  given scopes = [write]
  expect deny "body"
}

test "writing outside of realms" for route {
  given call = { verb: put_, path: "/v1/metrics", body_bytes: 9 }
  given scopes = [write]
  expect deny "scope"
}

test "nobody deletes themselves" for route {
  given call = { verb: delete_, path: "/v1/realms/a/self", body_bytes: 0 }
  given scopes = [admin]
  expect deny "scope"
}

test "climbing" for route {
  given call = { verb: get, path: "/v1/../secret", body_bytes: 0 }
  given scopes = [read]
  expect deny "path"
}

store buckets {
  tokens: int
  filled: time
}

policy rate_limit on api (who: text<64>, burst: int) {
  let bucket = buckets[who]
  let idle = now - or_else(bucket?.filled, now)
  deny if bucket?.filled > now, "clock"
  allow if idle >= 1m
  require or_else(bucket?.tokens, burst) >= 1, "too fast"
  allow
}

test "the first call" for rate_limit {
  given who = "ann"
  given burst = 1
  expect allow
}

test "the bucket is empty" for rate_limit {
  given who = "ann"
  given burst = 10
  given now = 1m - 1ms
  given buckets["ann"] = { tokens: 0, filled: 0 }
  expect deny "too fast"
}

test "a minute later" for rate_limit {
  given who = "ann"
  given burst = 10
  given now = 1m
  given buckets["ann"] = { tokens: 0, filled: 0 }
  expect allow
}

test "filled in the future" for rate_limit {
  given who = "ann"
  given burst = 10
  given now = 5
  given buckets["ann"] = { tokens: 3, filled: 6 }
  expect deny "clock"
}

test "moments that lie too far apart" for rate_limit {
  given who = "ann"
  given burst = 10
  given now = 9_223_372_036_854_775_807
  given buckets["ann"] = { tokens: 3, filled: -1 }
  expect fault overflow
}
