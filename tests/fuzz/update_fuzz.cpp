// The body of an UPDATE in every kind of session.
#include "tests/fuzz/decode_all.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const pipit::net::ByteView input(data, size);
  pipit::bgp::fuzz::decode_update_body(input, pipit::bgp::fuzz::session_of(input));
  return 0;
}
