// PeerEvents that remembers: what the tests of this folder ask about sessions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bgp/session/peer.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

/// Tests say what happens; the log would only repeat it.
inline const bool kQuiet = [] {
  net::LogOptions options;
  options.level = net::LogLevel::Off;
  net::configure_log(options);
  return true;
}();

inline SessionOptions neighbor(std::string_view address, std::uint32_t local_id = 0x0a000001) {
  SessionOptions options;
  options.name = "peer-" + std::string(address);
  options.address = *net::ScopedAddress::parse(address);
  options.local_asn = 64512;
  options.router_id = local_id;
  options.families = {true, true};
  return options;
}

class Recorder : public PeerEvents {
 public:
  void on_established(Peer& peer) override {
    ++established;
    up = true;
    negotiated = peer.negotiated();
    if (hook_established) {
      hook_established(peer);
    }
  }

  void on_update(Peer& peer, const UpdateMessage& update) override {
    updates.push_back(update);
    if (hook_update) {
      hook_update(peer);
    }
  }

  void on_route_refresh(Peer& /*peer*/, const RouteRefresh& refresh) override {
    refreshes.push_back(refresh);
  }

  void on_session_down(Peer& peer, const SessionDown& why) override {
    downs.push_back(why);
    up = false;
    if (hook_down) {
      hook_down(peer);
    }
  }

  void on_send_ready(Peer& /*peer*/) override { ++send_ready; }

  bool on_reads_again(Peer& /*peer*/) override {
    ++reads_again;
    return pauses_writing;
  }

  int established = 0;
  int reads_again = 0;
  bool pauses_writing = false;
  int send_ready = 0;
  bool up = false;
  Negotiated negotiated;
  std::vector<UpdateMessage> updates;
  std::vector<RouteRefresh> refreshes;
  std::vector<SessionDown> downs;
  std::function<void(Peer&)> hook_established;
  std::function<void(Peer&)> hook_update;
  std::function<void(Peer&)> hook_down;
};

inline net::Slice end_of_rib(net::Family family = net::kIpv4Unicast) {
  net::Bytes octets;
  encode_end_of_rib(family, octets);
  return net::Slice::whole(std::move(octets));
}

}  // namespace pipit::bgp
