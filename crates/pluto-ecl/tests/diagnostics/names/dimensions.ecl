policy p on crossing {
  require subject.trust.reliability > 0.5
  require subject.trust.omgea > 0.5
  require subject.trust.honesty > 0.5
}
