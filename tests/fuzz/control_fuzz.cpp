// The bodies of ROUTE-REFRESH and NOTIFICATION.
#include "tests/fuzz/decode_all.hpp"

using namespace pipit;
using namespace pipit::bgp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const net::ByteView input(data, size);
  const Negotiated session = fuzz::session_of(input);
  fuzz::decode_frame({MessageType::RouteRefresh, input, input}, session);
  fuzz::decode_frame({MessageType::Notification, input, input}, session);
  net::Bytes out;
  encode_notification(decode_notification(input), out);
  fuzz::require(out.size() <= kMaxMessage);
  return 0;
}
