// The body of an OPEN.
#include "tests/fuzz/decode_all.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pipit::bgp::fuzz::decode_open_body({data, size});
  return 0;
}
