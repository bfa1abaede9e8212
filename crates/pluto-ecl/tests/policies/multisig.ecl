policy multisig on governance (approvers: list<did, 16>) {
  require count(a in approvers where norm(a.trust) >= 0.8) >= 2
}
