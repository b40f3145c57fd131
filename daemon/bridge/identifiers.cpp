#include "daemon/bridge/identifiers.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pipit::daemon {
namespace {

constexpr std::size_t kNamed = 3;  // neighbors of an identifier that a warning names

/// True when these are two routers, as far as can be told, that must not have one identifier. A
/// router that we have two sessions with has them over both families, or over several links to
/// another AS.
bool are_two_routers(const Identifiers::Entry& a, const Identifiers::Entry& b) {
  if (a.asn != b.asn) {
    return false;
  }
  if (!a.hostname.empty() && !b.hostname.empty()) {
    return a.hostname != b.hostname;
  }
  return a.internal && b.internal && a.afi == b.afi;
}

std::string text_of(std::uint32_t id) {
  return net::IpAddress::v4(id).to_string();
}

}  // namespace

void Identifiers::add(rib::SourceId neighbor, Entry entry) {
  remove(neighbor);
  const Entry& kept = entries_[neighbor] = std::move(entry);
  by_id_.emplace(kept.id, &kept);
}

void Identifiers::remove(rib::SourceId neighbor) {
  const auto entry = entries_.find(neighbor);
  if (entry == entries_.end()) {
    return;
  }
  auto [at, end] = by_id_.equal_range(entry->second.id);
  while (at != end && at->second != &entry->second) {
    ++at;
  }
  by_id_.erase(at);
  entries_.erase(entry);
}

const Identifiers::Entry* Identifiers::clash_of(const Entry& entry) const {
  for (auto [at, end] = by_id_.equal_range(entry.id); at != end; ++at) {
    if (at->second != &entry && are_two_routers(*at->second, entry)) {
      return at->second;
    }
  }
  return nullptr;
}

std::string Identifiers::warning(rib::SourceId neighbor) const {
  const auto found = entries_.find(neighbor);
  if (found == entries_.end()) {
    return {};
  }
  const Entry& entry = found->second;
  if (entry.id == own_) {
    return fmt::format("it has our own BGP identifier {}: give one of the two another router.id",
                       text_of(own_));
  }
  const Entry* other = clash_of(entry);
  return other == nullptr
             ? std::string()
             : fmt::format(
                   "it has the same BGP identifier as {}, {}: routers of one AS with one "
                   "identifier drop each other's routes",
                   other->name, text_of(entry.id));
}

std::vector<std::string> Identifiers::warnings() const {
  std::vector<std::string> lines;
  for (auto at = by_id_.begin(); at != by_id_.end();) {
    const std::uint32_t id = at->first;
    std::vector<std::string> names;
    std::size_t more = 0;
    for (; at != by_id_.end() && at->first == id; ++at) {
      if (id != own_ && clash_of(*at->second) == nullptr) {
        continue;
      }
      if (names.size() < kNamed) {
        names.push_back(at->second->name);
      } else {
        ++more;
      }
    }
    if (!names.empty()) {
      lines.push_back(fmt::format(
          "BGP identifier {}{} is that of {}{}: routers of one AS with one identifier drop each "
          "other's routes, each needs a router.id of its own",
          text_of(id), id == own_ ? ", which is ours," : "", fmt::join(names, ", "),
          more == 0 ? std::string() : fmt::format(" and {} more", more)));
    }
  }
  return lines;
}

}  // namespace pipit::daemon
