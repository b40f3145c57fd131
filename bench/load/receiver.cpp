#include "bench/load/receiver.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "bgp/wire/update.hpp"

namespace pipit::load {
namespace {

/// Calls `take(address, length)` for each IPv4 NLRI of a field.
template <typename Take>
void for_each_nlri(net::ByteView field, Take take) {
  net::ByteReader reader(field);
  while (!reader.empty()) {
    const std::uint8_t length = reader.u8();
    std::uint32_t address = 0;
    int shift = 24;
    for (const std::uint8_t octet : reader.take((length + 7U) / 8)) {
      address |= std::uint32_t{octet} << shift;
      shift -= 8;
    }
    if (!reader.ok() || length > 32) {
      return;
    }
    take(address, length);
  }
}

/// NLRI of MP_REACH_NLRI for IPv4 unicast, which some daemons prefer (RFC 4760).
net::ByteView mp_reach_ipv4(net::ByteView attributes) {
  net::ByteReader reader(attributes);
  while (reader.ok() && !reader.empty()) {
    const std::uint8_t flags = reader.u8();
    const std::uint8_t code = reader.u8();
    const std::size_t length = (flags & 0x10) != 0 ? reader.u16() : reader.u8();
    net::ByteReader value = reader.child(length);
    if (code == 14 && value.u16() == 1 && value.u8() == 1) {
      value.take(value.u8());
      value.u8();
      return value.rest();
    }
  }
  return {};
}

/// Communities are a set: some daemons sort them.
net::Bytes sorted_communities(const net::Bytes& octets) {
  auto values = bgp::communities(octets);
  std::ranges::sort(values);
  net::Bytes sorted;
  net::ByteWriter writer(sorted);
  for (const std::uint32_t value : values) {
    writer.u32(value);
  }
  return sorted;
}

}  // namespace

Receiver::Receiver(const Workload& workload, const ReceiverRole& role)
    : workload_(workload), role_(role), held_(workload.routes.size()) {
  expected_ = static_cast<std::uint32_t>(std::ranges::count_if(
      workload.routes, [&](const Route& route) { return route.sender != role.own_sender; }));
}

void Receiver::set_present(std::uint32_t address, std::uint8_t length, bool present) {
  const auto found = workload_.ids.find(prefix_key(address, length));
  if (found == workload_.ids.end()) {
    unknown_ += present ? 1 : 0;
    return;
  }
  const std::uint32_t id = found->second;
  if (workload_.routes[id].sender == role_.own_sender) {
    echoes_ += present ? 1 : 0;
    return;
  }
  if (held_[id] != present) {
    held_[id] = present;
    present_ += present ? 1 : UINT32_MAX;
  }
}

void Receiver::take(net::ByteView body) {
  ++updates_;
  octets_ += body.size();
  stored_.insert(stored_.end(), body.begin(), body.end());
  lengths_.push_back(static_cast<std::uint32_t>(body.size()));
  net::ByteReader reader(body);
  const net::ByteView withdrawn = reader.take(reader.u16());
  const net::ByteView attributes = reader.take(reader.u16());
  for_each_nlri(withdrawn, [&](std::uint32_t a, std::uint8_t l) { set_present(a, l, false); });
  net::ByteView announced = reader.rest();
  if (announced.empty() && !attributes.empty()) {
    announced = mp_reach_ipv4(attributes);
  }
  for_each_nlri(announced, [&](std::uint32_t a, std::uint8_t l) { set_present(a, l, true); });
}

bool Receiver::equal(const bgp::PathAttributes& sent, const bgp::PathAttributes& got) const {
  bgp::PathAttributes wanted = sent;
  bgp::PathAttributes seen = got;
  wanted.communities = sorted_communities(wanted.communities);
  seen.communities = sorted_communities(seen.communities);
  if (role_.internal) {
    if (role_.cluster_list) {
      if (!seen.originator_id || seen.cluster_list.size() != sent.cluster_list.size() + 4) {
        return false;
      }
      seen.cluster_list.erase(seen.cluster_list.begin(), seen.cluster_list.begin() + 4);
      seen.originator_id = sent.originator_id ? seen.originator_id : std::nullopt;
    }
  } else {
    bgp::prepend(wanted.as_path, role_.dut_asn);
    wanted.med = seen.med = std::nullopt;
    wanted.local_preference = seen.local_preference = std::nullopt;
    if (seen.next_hop == role_.dut_address) {
      seen.next_hop = wanted.next_hop;
    }
  }
  return wanted == seen;
}

Findings Receiver::check(std::uint32_t every) const {
  Findings findings{.unknown = unknown_, .echoes = echoes_};
  bgp::Negotiated session;
  session.peer_asn = role_.dut_asn;
  session.local_asn = role_.internal ? role_.dut_asn : role_.dut_asn + 1;
  session.four_octet_as = true;
  session.families[0].active = true;
  std::vector<std::uint8_t> version(workload_.routes.size());
  bgp::UpdateMessage update;
  std::size_t at = 0;
  for (const std::uint32_t length : lengths_) {
    const net::ByteView body = net::ByteView(stored_).subspan(at, length);
    at += length;
    if (!bgp::decode_update(body, session, update)) {
      ++findings.attributes;
      continue;
    }
    for (const auto& reachable : update.reachable) {
      update.attributes.next_hop = reachable.next_hop;
      for (const bgp::Nlri& nlri : reachable.nlri) {
        const auto found =
            workload_.ids.find(prefix_key(nlri.prefix.address().to_v4(), nlri.prefix.length()));
        if (found == workload_.ids.end()) {
          continue;
        }
        const bgp::PathAttributes& sent = workload_.sets[workload_.routes[found->second].set];
        const bool first = equal(sent, update.attributes);
        const bool second = !first && equal(changed_attributes(sent), update.attributes);
        version[found->second] = second ? 2 : 1;
        if (!first && !second && findings.attributes++ == 0) {
          findings.first = fmt::format("attributes of {}", nlri.prefix.to_string());
        }
      }
    }
  }
  std::vector<std::uint32_t> counts(workload_.senders);
  for (std::size_t id = 0; id < workload_.routes.size(); ++id) {
    const Route& route = workload_.routes[id];
    const bool changed = every != 0 && counts[route.sender]++ % every == 0;
    const bool wanted = route.sender == role_.own_sender || version[id] == (changed ? 2 : 1);
    if (!wanted && findings.old_version++ == 0) {
      findings.first = fmt::format("version of {}", route.nlri.prefix.to_string());
    }
  }
  return findings;
}

}  // namespace pipit::load
