#include "bgp/session/message_log.hpp"

#include <algorithm>

#include "bgp/session/peer.hpp"
#include "net/hex.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

constexpr std::size_t kMostOctets = 4096;  // of a message; extended ones are cut

}  // namespace

void MessageLog::on_message(const Peer& peer,
                            Direction direction,
                            MessageType type,
                            net::ByteView message) {
  const net::ByteView shown = message.first(std::min(message.size(), kMostOctets));
  net::log(net::LogPart::Bgp, net::LogLevel::Trace, "{}: {} {}, {} octets: {}{}", peer.name(),
           direction == Direction::Received ? "received" : "sends", name_of(type), message.size(),
           net::hex(shown), shown.size() < message.size() ? "..." : "");
}

}  // namespace pipit::bgp
