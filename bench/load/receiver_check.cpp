// What a receiver got, looked at afterwards: every attribute of every UPDATE.
#include <algorithm>

#include <fmt/format.h>

#include "bench/load/receiver.hpp"
#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "bgp/wire/update.hpp"

namespace pipit::load {
namespace {

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

/// Counts a finding and remembers the first one in words.
void note(std::uint64_t& count, Findings& findings, const char* what, const bgp::Nlri& nlri) {
  ++count;
  if (findings.first.empty()) {
    findings.first = fmt::format("{} of {}", what, nlri.prefix.to_string());
  }
}

}  // namespace

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

/// The mark that these attributes of the set stand for; kNothing: they are not what was announced.
Mark Receiver::mark_of(std::uint32_t set, const bgp::PathAttributes& got) const {
  const bgp::PathAttributes& sent = workload_.sets[set];
  if (equal(sent, got)) {
    return set;
  }
  for (const std::uint32_t value : bgp::communities(got.communities)) {
    const auto version = static_cast<Version>(value & 0xff);
    if ((value & ~0xffU) == kVersionCommunity && equal(changed_attributes(sent, version), got)) {
      return load::mark_of(set, version);
    }
  }
  return kNothing;
}

/// Compares one UPDATE with what was announced; `last` gets the mark of each prefix.
void Receiver::inspect(const bgp::UpdateMessage& update,
                       std::vector<Mark>& last,
                       Findings& findings) const {
  for (const auto& reachable : update.reachable) {
    bgp::PathAttributes got = update.attributes;
    got.next_hop = reachable.next_hop;
    std::uint32_t seen = UINT32_MAX;  // the set of the prefix before, and what came out
    Mark mark = kNothing;
    for (const bgp::Nlri& nlri : reachable.nlri) {
      const auto found =
          workload_.ids.find(prefix_key(nlri.prefix.address().to_v4(), nlri.prefix.length()));
      if (found == workload_.ids.end()) {
        continue;  // counted when it came
      }
      const std::uint32_t set = role_.internal ? got.med.value_or(kNothing) & kSetOfMark
                                               : workload_.first_set[found->second];
      if (set != seen) {
        seen = set;
        mark = set < workload_.sets.size() ? mark_of(set, got) : kNothing;
      }
      last[found->second] = mark;
      if (mark == kNothing) {
        note(findings.attributes, findings, "attributes", nlri);
      }
    }
  }
}

Findings Receiver::check(bool ended) const {
  Findings findings{.unknown = unknown_, .echoes = echoes_};
  bgp::Negotiated session;
  session.peer_asn = role_.dut_asn;
  session.local_asn = role_.internal ? role_.dut_asn : role_.dut_asn + 1;
  session.four_octet_as = true;
  session.families[0].active = true;
  std::vector<Mark> last(workload_.prefixes.size(), kNothing);
  bgp::UpdateMessage update;
  std::size_t at = 0;
  for (const std::uint32_t length : lengths_) {
    if (bgp::decode_update(net::ByteView(stored_).subspan(at, length), session, update)) {
      inspect(update, last, findings);
    } else {
      ++findings.attributes;
    }
    at += length;
  }
  for (std::uint32_t prefix = 0; !ended && prefix < last.size(); ++prefix) {
    if (wanted(prefix) != kNothing && last[prefix] != best_->marks[prefix]) {
      note(findings.old_version, findings, "version", workload_.prefixes[prefix]);
    }
  }
  return findings;
}

}  // namespace pipit::load
