policy public_entry on crossing {
  allow if subject.trust.r > 0
}
