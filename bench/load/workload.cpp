#include "bench/load/workload.hpp"

#include <algorithm>
#include <array>
#include <random>

#include <fmt/format.h>
#include <zlib.h>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/update.hpp"

namespace pipit::load {
namespace {

using Random = std::mt19937;

std::uint32_t below(Random& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random() % bound);
}

/// Lengths roughly as in the Internet's table: mostly /24, then /22 and shorter.
std::uint8_t length_of(Random& random) {
  constexpr std::array<std::uint8_t, 10> kLengths{24, 24, 24, 24, 24, 24, 23, 22, 22, 20};
  return kLengths[below(random, kLengths.size())];
}

/// Gives out prefixes that do not overlap, from 1.0.0.0 upwards; 10/8 and 127/8 are left out.
class Addresses {
 public:
  net::Prefix next(std::uint8_t length) {
    const std::uint32_t size = std::uint32_t{1} << (32 - length);
    at_ = (at_ + size - 1) & ~(size - 1);
    for (const std::uint32_t reserved : {10U, 127U}) {
      if (at_ >> 24 == reserved) {
        at_ = (reserved + 1) << 24;
      }
    }
    const net::Prefix prefix(net::IpAddress::v4(at_), length);
    at_ += size;
    return prefix;
  }

 private:
  std::uint32_t at_ = 1U << 24;
};

bgp::PathAttributes random_attributes(Random& random, std::uint32_t number) {
  bgp::PathAttributes attributes;
  const std::uint32_t hops = 1 + below(random, 8);
  for (std::uint32_t i = 0; i < hops; ++i) {
    // Not the AS of the recorded table, in which the daemon under test is: that would be a loop.
    bgp::prepend(attributes.as_path, 4000 + below(random, 56000));
  }
  attributes.local_preference = 100;
  attributes.med = number;
  net::ByteWriter communities(attributes.communities);
  for (std::uint32_t i = below(random, 9); i > 0; --i) {
    communities.u32(((1 + below(random, 60000)) << 16) | i);
  }
  return attributes;
}

void remember(Workload& workload, const net::Prefix& prefix, std::uint32_t sender) {
  const auto number = static_cast<std::uint32_t>(workload.prefixes.size());
  workload.ids[prefix_key(prefix.address().to_v4(), prefix.length())] = number;
  workload.prefixes.push_back(bgp::Nlri{prefix, 0});
  workload.first_set.push_back(static_cast<std::uint32_t>(workload.sets.size() - 1));
  workload.routes.push_back({number, sender, static_cast<std::uint32_t>(workload.sets.size() - 1)});
}

std::expected<net::Bytes, std::string> read_file(const std::string& name) {
  gzFile file = gzopen(name.c_str(), "rb");
  if (file == nullptr) {
    return std::unexpected(fmt::format("cannot open {}", name));
  }
  net::Bytes content;
  std::array<std::uint8_t, 1 << 16> chunk{};
  int got = 0;
  while ((got = gzread(file, chunk.data(), chunk.size())) > 0) {
    content.insert(content.end(), chunk.begin(), chunk.begin() + got);
  }
  gzclose(file);
  if (got < 0) {
    return std::unexpected(fmt::format("cannot read {}", name));
  }
  return content;
}

/// The live routes of a stream: prefix -> index of the attributes in `sets`.
struct Replay {
  boost::unordered_flat_map<PrefixKey, std::uint32_t> live;
  std::vector<bgp::PathAttributes> sets;
  bgp::UpdateMessage update;

  void take(net::ByteView body, const bgp::Negotiated& session) {
    if (!bgp::decode_update(body, session, update)) {
      return;
    }
    for (const auto& gone : update.unreachable) {
      for (const bgp::Nlri& nlri : gone.nlri) {
        live.erase(prefix_key(nlri.prefix.address().to_v4(), nlri.prefix.length()));
      }
    }
    for (const auto& reachable : update.reachable) {
      sets.push_back(update.attributes);
      sets.back().next_hop = reachable.next_hop;
      for (const bgp::Nlri& nlri : reachable.nlri) {
        live[prefix_key(nlri.prefix.address().to_v4(), nlri.prefix.length())] =
            static_cast<std::uint32_t>(sets.size() - 1);
      }
    }
  }
};

/// Calls `take` with every set's routes among a part of the routes of `sender`.
template <typename Take>
void for_each_set(const Workload& workload, std::uint32_t sender, const Part& part, Take take) {
  std::vector<bgp::Nlri> nlri;
  std::uint32_t set = 0;
  std::uint32_t count = 0;
  for (const Route& route : workload.routes) {
    if (route.sender != sender || !part.has(count++)) {
      continue;
    }
    if (route.set != set && !nlri.empty()) {
      take(set, nlri);
      nlri.clear();
    }
    set = route.set;
    nlri.push_back(workload.prefixes[route.prefix]);
  }
  if (!nlri.empty()) {
    take(set, nlri);
  }
}

}  // namespace

Workload synthetic_workload(const WorkloadSize& size, NextHopOf next_hop, bool external) {
  Random random(20260101);
  Workload workload;
  workload.senders = size.senders;
  Addresses addresses;
  for (std::uint32_t sender = 0; sender < size.senders; ++sender) {
    std::uint32_t left = 0;
    for (std::uint32_t i = 0; i < size.prefixes; ++i) {
      if (left == 0) {
        left = 1 + below(random, 2 * size.per_set - 1);
        workload.sets.push_back(
            random_attributes(random, static_cast<std::uint32_t>(workload.sets.size())));
        workload.sets.back().next_hop = next_hop(sender);
        workload.owners.push_back(sender);
        if (external) {
          bgp::prepend(workload.sets.back().as_path, sender_asn(sender));
        }
      }
      --left;
      remember(workload, addresses.next(length_of(random)), sender);
    }
  }
  return workload;
}

std::expected<Workload, std::string> recorded_workload(const std::string& file) {
  const auto content = read_file(file);
  if (!content) {
    return std::unexpected(content.error());
  }
  bgp::Negotiated session;
  session.local_asn = session.peer_asn = 3856;
  session.four_octet_as = true;
  session.families[0].active = true;
  Replay replay;
  bgp::FrameBuffer frames;
  const auto fed = frames.feed(*content, [&](const bgp::Frame& frame) {
    if (frame.type == bgp::MessageType::Update) {
      replay.take(frame.body, session);
    }
    return true;
  });
  if (!fed) {
    return std::unexpected(fmt::format("{}: {}", file, bgp::describe(fed.error())));
  }
  std::vector<std::pair<std::uint32_t, PrefixKey>> ordered;
  for (const auto& [key, set] : replay.live) {
    ordered.emplace_back(set, key);
  }
  std::ranges::sort(ordered);
  Workload workload;
  std::uint32_t last = UINT32_MAX;
  for (const auto& [set, key] : ordered) {
    if (set != last) {
      workload.sets.push_back(replay.sets[set]);
      workload.owners.push_back(0);
      workload.sets.back().med = static_cast<std::uint32_t>(workload.sets.size() - 1);
      last = set;
    }
    const auto address = net::IpAddress::v4(static_cast<std::uint32_t>(key >> 8));
    remember(workload, net::Prefix(address, static_cast<std::uint8_t>(key)), 0);
  }
  return workload;
}

Workload overlapped(const Workload& one, std::uint32_t senders, NextHopOf next_hop) {
  constexpr std::uint32_t kFirstTransit = 63000;  // in each sender's paths
  Workload all{
      .prefixes = one.prefixes, .first_set = one.first_set, .ids = one.ids, .senders = senders};
  const auto sets = static_cast<std::uint32_t>(one.sets.size());
  for (std::uint32_t sender = 0; sender < senders; ++sender) {
    for (std::uint32_t set = 0; set < sets; ++set) {
      bgp::PathAttributes attributes = one.sets[set];
      bgp::prepend(attributes.as_path, kFirstTransit + sender);
      attributes.local_preference = 100 + (set + sender) % senders;
      attributes.next_hop = next_hop(sender);
      attributes.med = sender * sets + set;
      all.sets.push_back(std::move(attributes));
      all.owners.push_back(sender);
    }
    for (const Route& route : one.routes) {
      all.routes.push_back({route.prefix, sender, sender * sets + route.set});
    }
  }
  return all;
}

bgp::PathAttributes changed_attributes(const bgp::PathAttributes& attributes, Version version) {
  bgp::PathAttributes changed = attributes;
  net::ByteWriter(changed.communities).u32(kVersionCommunity | static_cast<std::uint32_t>(version));
  changed.med = mark_of(changed.med.value_or(0), version);
  return changed;
}

net::Bytes announcements(const Workload& workload,
                         std::uint32_t sender,
                         const Part& part,
                         Version version,
                         bool internal) {
  net::Bytes out;
  const bgp::EncodeOptions options{.four_octet_as = true, .internal = internal};
  for_each_set(workload, sender, part, [&](std::uint32_t set, const auto& nlri) {
    const bgp::PathAttributes& first = workload.sets[set];
    const bgp::PathAttributes chosen =
        version == kFirstVersion ? first : changed_attributes(first, version);
    bgp::encode_announcements(chosen.view(), net::kIpv4Unicast, nlri, options, out);
  });
  return out;
}

net::Bytes withdrawals(const Workload& workload, std::uint32_t sender, const Part& part) {
  net::Bytes out;
  std::vector<bgp::Nlri> all;
  for_each_set(workload, sender, part, [&](std::uint32_t, const auto& nlri) {
    all.insert(all.end(), nlri.begin(), nlri.end());
  });
  bgp::encode_withdrawals(net::kIpv4Unicast, all, {}, out);
  return out;
}

}  // namespace pipit::load
