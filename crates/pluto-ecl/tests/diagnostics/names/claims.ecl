policy p on crossing {
  require subject has certificate "kyc"
  require subject has roles "x"
}
