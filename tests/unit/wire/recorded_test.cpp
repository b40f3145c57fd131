// The codec against messages that other implementations sent.
#include "tests/unit/wire/recorded.hpp"

#include <fstream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "bgp/wire/open.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;
using nlohmann::json;

namespace {

/// Encodes what was decoded and decodes that again: everything must still be there.
void check_round_trip(const UpdateMessage& message, const Negotiated& with) {
  const EncodeOptions options{.four_octet_as = with.four_octet_as,
                              .internal = with.internal(),
                              .add_path = with.families[0].add_path_receive,
                              .max_message = kMaxExtendedMessage};
  for (const Reachable& reachable : message.reachable) {
    AttributesView view = message.attributes.view();
    view.next_hop = reachable.next_hop;
    view.link_local_next_hop = reachable.link_local_next_hop;
    Bytes out;
    REQUIRE(encode_announcements(view, reachable.family, reachable.nlri, options, out));
    const Decoded again = decode({out.begin() + kHeaderSize, out.end()}, with);
    REQUIRE_FALSE(again.reset);
    REQUIRE(again.message.reachable.size() == 1);
    REQUIRE(again.message.attributes == message.attributes);
    REQUIRE(again.message.reachable[0].nlri == reachable.nlri);
    REQUIRE(again.message.reachable[0].next_hop == reachable.next_hop);
  }
  for (const Unreachable& unreachable : message.unreachable) {
    Bytes out;
    encode_withdrawals(unreachable.family, unreachable.nlri, options, out);
    const Decoded again = decode({out.begin() + kHeaderSize, out.end()}, with);
    REQUIRE_FALSE(again.reset);
    const bool empty = unreachable.nlri.empty();
    REQUIRE(again.message.unreachable.size() == (empty ? 0 : 1));
    if (!empty) {
      REQUIRE(again.message.unreachable[0].nlri == unreachable.nlri);
    }
  }
}

using Prefixes = std::multiset<std::string>;

constexpr std::array<const char*, 4> kCarried{"ipv4 unicast", "ipv6 unicast", "ipv4 mpls-vpn",
                                              "ipv6 mpls-vpn"};

/// "prefix", of a VPN "prefix rd".
std::string route_in(const json& item) {
  return prefix(item["nlri"].get<std::string>()).to_string() +
         (item.contains("rd") ? ' ' + item["rd"].get<std::string>() : "");
}

/// "next hop prefix", of a VPN "next hop prefix rd label", of all routes of carried families that
/// the JSON of ExaBGP announces.
Prefixes announced_in(const json& update) {
  Prefixes found;
  for (const char* family : kCarried) {
    if (!update.contains("announce") || !update["announce"].contains(family)) {
      continue;
    }
    for (const auto& [next_hop, list] : update["announce"][family].items()) {
      for (const json& item : list) {
        if (item.contains("nlri")) {
          found.insert(address(next_hop).to_string() + ' ' + route_in(item) +
                       (item.contains("label") ? ' ' + item["label"][0][0].dump() : ""));
        }
      }
    }
  }
  return found;
}

Prefixes withdrawn_in(const json& update) {
  Prefixes found;
  for (const char* family : kCarried) {
    if (update.contains("withdraw") && update["withdraw"].contains(family)) {
      for (const json& item : update["withdraw"][family]) {
        found.insert(route_in(item));
      }
    }
  }
  return found;
}

std::string route_in(const NlriList& list, std::size_t i) {
  return list[i].prefix.to_string() +
         (list.vpn().empty() ? "" : ' ' + list.vpn()[i].distinguisher.to_string());
}

Prefixes announced_in(const UpdateMessage& message) {
  Prefixes found;
  for (const Reachable& reachable : message.reachable) {
    const NlriList& list = reachable.nlri;
    for (std::size_t i = 0; i < list.size(); ++i) {
      found.insert(reachable.next_hop.to_string() + ' ' + route_in(list, i) +
                   (list.vpn().empty() ? "" : ' ' + std::to_string(list.vpn()[i].label)));
    }
  }
  return found;
}

Prefixes withdrawn_in(const UpdateMessage& message) {
  Prefixes found;
  for (const Unreachable& unreachable : message.unreachable) {
    for (std::size_t i = 0; i < unreachable.nlri.size(); ++i) {
      found.insert(route_in(unreachable.nlri, i));
    }
  }
  return found;
}

void check_attributes(const json& expected, const PathAttributes& got) {
  constexpr std::array<const char*, 3> kOrigins{"igp", "egp", "incomplete"};
  if (expected.contains("origin")) {
    CHECK(expected["origin"] == kOrigins[static_cast<std::size_t>(got.origin)]);
  }
  if (expected.contains("med")) {
    CHECK(got.med == expected["med"].get<std::uint32_t>());
  }
  if (expected.contains("local-preference")) {
    CHECK(got.local_preference == expected["local-preference"].get<std::uint32_t>());
  }
  if (expected.contains("originator-id")) {
    REQUIRE(got.originator_id);
    CHECK(net::IpAddress::v4(*got.originator_id).to_string() ==
          expected["originator-id"].get<std::string>());
  }
  if (expected.contains("community")) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> values;
    for (const std::uint32_t value : communities(got.communities)) {
      values.emplace_back(value >> 16, value & 0xffff);
    }
    CHECK(json(values) == expected["community"]);
  }
  if (expected.contains("large-community")) {
    std::vector<std::array<std::uint32_t, 3>> values;
    for (const LargeCommunity& value : large_communities(got.large_communities)) {
      values.push_back({value.global, value.local1, value.local2});
    }
    CHECK(json(values) == expected["large-community"]);
  }
  if (expected.contains("extended-community")) {
    const auto values = extended_communities(got.extended_communities);
    REQUIRE(values.size() == expected["extended-community"].size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(values[i] == expected["extended-community"][i]["value"].get<std::uint64_t>());
    }
  }
}

Negotiated session_of(const json& neighbor) {
  Negotiated with = ibgp();
  with.local_asn = neighbor["asn"]["local"];
  with.peer_asn = neighbor["asn"]["peer"];
  const bool add_path = neighbor.dump().find("path-information") != std::string::npos;
  for (NegotiatedFamily& family : with.families) {
    family.add_path_receive = add_path;
  }
  return with;
}

}  // namespace

TEST_CASE("Recorded: the UPDATEs of ExaBGP's tests mean what ExaBGP says") {
  const auto path = shared_file("data/exabgp-messages.jsonl");
  if (!path) {
    WARN("skipped: no recorded messages");
    return;
  }
  std::ifstream file(*path);
  std::size_t compared = 0;
  std::size_t withdrawn = 0;
  std::size_t resets = 0;
  for (std::string line; std::getline(file, line);) {
    const json record = json::parse(line);
    const Bytes message = hex(record["hex"].get<std::string>());
    if (message[18] != static_cast<std::uint8_t>(MessageType::Update) || !record.contains("json")) {
      continue;
    }
    const json neighbor = json::parse(record["json"].get<std::string>())["neighbor"];
    if (!neighbor["message"].contains("update")) {
      continue;
    }
    const json& update = neighbor["message"]["update"];
    const Negotiated with = session_of(neighbor);
    const Decoded decoded = decode({message.begin() + kHeaderSize, message.end()}, with);
    CAPTURE(record["cmd"].dump(), record["hex"].dump(), record["json"].dump());
    if (decoded.reset) {
      ++resets;
      continue;
    }
    if (decoded.action() == ErrorAction::TreatAsWithdraw) {
      ++withdrawn;
      continue;
    }
    CHECK(announced_in(decoded.message) == announced_in(update));
    CHECK(withdrawn_in(decoded.message) == withdrawn_in(update));
    check_attributes(update.value("attribute", json::object()), decoded.message.attributes);
    check_round_trip(decoded.message, with);
    ++compared;
  }
  CHECK(compared > 200);
  CHECK(withdrawn < 5);
  // Two unknown attributes that call themselves well-known, two next hops of the other family
  // without the capability of RFC 8950.
  CHECK(resets == 4);
}

TEST_CASE("Recorded: ExaBGP's OPEN messages decode and encode to the same value") {
  const auto path = shared_file("data/exabgp-messages.jsonl");
  if (!path) {
    WARN("skipped: no recorded messages");
    return;
  }
  std::ifstream file(*path);
  std::size_t opens = 0;
  for (std::string line; std::getline(file, line);) {
    const Bytes message = hex(json::parse(line)["hex"].get<std::string>());
    if (message[18] != static_cast<std::uint8_t>(MessageType::Open)) {
      continue;
    }
    const auto open = decode_open(body_of(message));
    REQUIRE(open);
    Bytes out;
    encode_open(*open, out);
    CHECK(decode_open(body_of(out)).value() == *open);
    ++opens;
  }
  CHECK(opens == 3);
}

TEST_CASE("Recorded: a full table decodes to its 577,703 prefixes and encodes back") {
  const auto path = shared_file("data/full-table-2015.bgp.gz");
  if (!path) {
    WARN("skipped: no recorded table");
    return;
  }
  const std::vector<Bytes> messages = messages_of(unzipped(*path));
  Negotiated with = ibgp();
  with.local_asn = with.peer_asn = 3856;
  UpdateMessage message;
  std::size_t updates = 0;
  std::size_t withdrawn_paths = 0;
  std::set<net::Prefix> table;
  for (const Bytes& octets : messages) {
    if (octets[18] != static_cast<std::uint8_t>(MessageType::Update)) {
      continue;
    }
    ++updates;
    REQUIRE(decode_update(body_of(octets), with, message));
    const bool withdrawn = std::any_of(
        message.errors.begin(), message.errors.end(),
        [](const UpdateError& error) { return error.action == ErrorAction::TreatAsWithdraw; });
    for (const Unreachable& unreachable : message.unreachable) {
      for (const Nlri& nlri : unreachable.nlri) {
        // What is withdrawn for its AS 0 belongs to the recorded table all the same.
        withdrawn ? void(table.insert(nlri.prefix)) : void(table.erase(nlri.prefix));
        withdrawn_paths += withdrawn ? 1 : 0;
      }
    }
    for (const Reachable& reachable : message.reachable) {
      for (const Nlri& nlri : reachable.nlri) {
        table.insert(nlri.prefix);
      }
    }
    if (updates % 8 == 0) {
      check_round_trip(message, with);
    }
  }
  CHECK(updates == 89679);
  CHECK(withdrawn_paths == 4);
  CHECK(table.size() == 577703);
}
