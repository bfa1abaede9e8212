policy verified_users on crossing {
  require subject.trust.r >= 0.5, "reliability"
  require subject has credential "email-verified"
}
