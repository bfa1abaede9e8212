enum resource_kind { secrets, documents }

record resource {
  kind: resource_kind
  size_mb: int
}

record approval_given {
  quorum: int
  age: duration
}

policy vault on store (res: resource, approval: option<approval_given>, geo: symbol) {
  require norm(subject.trust) >= 0.85
  if res.kind == secrets {
    require approval?.quorum >= 2 && approval?.age < 1h
  }
  require geo in {DE, AT, CH, FR, NL, BE}
  cost { mana: res.size_mb * 10, gas: 1 }
  audit { content_hash: true }
}
