policy finance_entry on crossing {
  require subject.trust.r >= 0.7
  require subject has credential "kyc-verified"
}
