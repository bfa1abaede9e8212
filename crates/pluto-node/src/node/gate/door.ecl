// Who may do what over HTTP. Every request to a route that needs somebody is put to this policy; what
// it does not allow is answered with 403. An operator may replace it (`policy` in `http.toml`): any
// policy named `door` with some of these parameters will do, and `who`, `route` and `mutates` are told
// as well.

enum rank { reader, writer, admin }

policy door on api (
  // What the caller may do at most, and what the route needs at least.
  holds: rank,
  needs: rank,
  // Narrower rights of the caller, if it has any, and the one that the route is about: `events:read` and
  // `events:write` are about events, `events:*` is both, `*:read` is every route that reads.
  scopes: list<text<256>, 64>,
  scope: option<text<256>>,
) {
  // A higher role includes the lower ones.
  if needs == writer {
    require holds != reader, "role: a writer is needed"
  }
  if needs == admin {
    require holds == admin, "role: an administrator is needed"
  }
  // Without scopes: all of the role. With some: what they name, and nothing else.
  allow if length(scopes) == 0
  deny if !present(scope), "scopes: the route is for callers without scopes"
  allow if any(s in scopes where glob(s, or_else(scope, "")))
}

test "a reader reads" for door {
  given holds = reader
  given needs = reader
  given scopes = []
  given scope = none
  expect allow
}

test "a reader does not write" for door {
  given holds = reader
  given needs = writer
  given scopes = []
  given scope = some("events:write")
  expect deny "role: a writer is needed"
}

test "a writer is no administrator" for door {
  given holds = writer
  given needs = admin
  given scopes = []
  given scope = none
  expect deny "role: an administrator is needed"
}

test "an administrator may do everything" for door {
  given holds = admin
  given needs = writer
  given scopes = []
  given scope = some("events:write")
  expect allow
}

test "scopes narrow an administrator" for door {
  given holds = admin
  given needs = writer
  given scopes = ["events:write"]
  given scope = some("policies:install")
  expect deny
}

test "a scope opens what it names" for door {
  given holds = writer
  given needs = writer
  given scopes = ["realms:read", "events:*"]
  given scope = some("events:write")
  expect allow
}

test "a scope to read opens what reads" for door {
  given holds = reader
  given needs = reader
  given scopes = ["events:read"]
  given scope = some("events:read")
  expect allow
}

test "a scope to read opens nothing else" for door {
  given holds = writer
  given needs = reader
  given scopes = ["events:read", "blobs:write"]
  given scope = some("blobs:read")
  expect deny
}

test "a scope to read does not write" for door {
  given holds = admin
  given needs = writer
  given scopes = ["events:read", "*:read"]
  given scope = some("events:write")
  expect deny
}

test "one scope reads everything" for door {
  given holds = reader
  given needs = reader
  given scopes = ["*:read"]
  given scope = some("policies:read")
  expect allow
}

test "what has no scope is closed to whoever has some" for door {
  given holds = admin
  given needs = admin
  given scopes = ["events:*"]
  given scope = none
  expect deny "scopes: the route is for callers without scopes"
}

test "scopes never widen a role" for door {
  given holds = reader
  given needs = writer
  given scopes = ["events:write"]
  given scope = some("events:write")
  expect deny "role: a writer is needed"
}
