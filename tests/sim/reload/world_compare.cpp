// ReloadWorld: what is compared.
#include <algorithm>

#include "tests/sim/reload/world.hpp"

namespace pipit::sim {
namespace {

using std::chrono::seconds;

std::uint64_t count_of(const Changes& changes, const std::string& name, const std::string& change) {
  return static_cast<std::uint64_t>(std::ranges::count_if(changes, [&](const Change& one) {
    return std::get<0>(one) == name && std::get<1>(one) == change;
  }));
}

std::vector<std::pair<std::string, std::uint64_t>> named(const control::PlannedCounts& counts) {
  return {{"accepted", counts.accepted},   {"rejected", counts.rejected},
          {"changed", counts.changed},     {"lost", counts.lost},
          {"announced", counts.announced}, {"withdrawn", counts.withdrawn},
          {"updated", counts.updated},     {"moved", counts.moved}};
}

/// What became of each key of two maps: "announced", "withdrawn", "updated".
template <typename Map>
void compare_sent(const std::string& name, const Map& before, const Map& now, Changes& changes) {
  for (const auto& [prefix, was] : before) {
    const auto is = now.find(prefix);
    if (is == now.end()) {
      changes.insert({name, "withdrawn", prefix});
    } else if (!(is->second == was)) {
      changes.insert({name, "updated", prefix});
    }
  }
  for (const auto& [prefix, is] : now) {
    if (!before.contains(prefix)) {
      changes.insert({name, "announced", prefix});
    }
  }
}

template <typename Map>
void compare_taken(const std::string& name, const Map& before, const Map& now, Changes& changes) {
  const std::string gone = name == "kernel" ? "rejected" : "lost";
  for (const auto& [prefix, was] : before) {
    const auto is = now.find(prefix);
    if (is == now.end()) {
      if (was) {
        changes.insert({name, gone, prefix});
      }
    } else if (was != is->second) {
      changes.insert({name, !is->second ? "rejected" : !was ? "accepted" : "changed", prefix});
    }
  }
  for (const auto& [prefix, is] : now) {
    if (is && !before.contains(prefix)) {
      changes.insert({name, "accepted", prefix});
    }
  }
}

}  // namespace

ReloadWorld::Picture ReloadWorld::picture() {
  Picture made;
  for (const auto& neighbor : speaker_.neighbors()) {
    const std::string& name = neighbor->name();
    made.sent[name] = slot_of(name).remote->table();
    made.taken[name] = accepted_from(neighbor->source);
    made.established[name] = neighbor->peer->counters().established;
    if (neighbor->peer->established()) {
      made.up.insert(name);
    }
  }
  made.taken["kernel"] = accepted_from(rib::kKernelSource);
  made.taken["kernel"].merge(accepted_from(rib::kConnectedSource));
  made.kernel = kernel_.written();
  return made;
}

ReloadWorld::Accepted ReloadWorld::accepted_from(rib::SourceId source) {
  Accepted found;
  for (const net::Family family : net::kFamilies) {
    const rib::Table& table = rib_.table(family);
    for (std::uint32_t n = 0; n < table.capacity(); ++n) {
      const rib::DestinationId id{n};
      if (!table.destinations().contains(id)) {
        continue;
      }
      std::uint32_t slot = table.destinations()[id].first_path;
      for (; slot != rib::kNoSlot; slot = table.path(slot).next) {
        const rib::Path& path = table.path(slot);
        if (path.source != source || table.is_void(path)) {
          continue;
        }
        auto& attributes = found[table.prefix(id)];
        if (path.accepted != rib::AttributeHandle::None) {
          attributes.emplace().assign(rib_.attributes().view(path.accepted));
        }
      }
    }
  }
  return found;
}

/// `returning`: neighbors whose sessions are down and will come back: only what all others are sent
/// counts then.
void ReloadWorld::compare_routes(const Picture& before,
                                 const Picture& now,
                                 const std::set<std::string>* returning,
                                 Changes& changes) {
  static const Remote::Table kNothing;
  static const Accepted kNone;
  for (const auto& [name, sent] : before.sent) {
    if (returning == nullptr || !returning->contains(name)) {
      const auto is = now.sent.find(name);
      compare_sent(name, sent, is == now.sent.end() ? kNothing : is->second, changes);
    }
  }
  for (const auto& [name, taken] : before.taken) {
    if (returning == nullptr) {
      const auto is = now.taken.find(name);
      compare_taken(name, taken, is == now.taken.end() ? kNone : is->second, changes);
    }
  }
}

void ReloadWorld::compare_kernel(const Picture& before, const Picture& now, Changes& changes) {
  for (const auto& [prefix, was] : before.kernel) {
    const auto is = now.kernel.find(prefix);
    if (is == now.kernel.end()) {
      changes.insert({"kernel", "withdrawn", prefix});
    } else if (was.protocol != is->second.protocol || was.route.table != is->second.route.table ||
               was.route.metric != is->second.route.metric) {
      changes.insert({"kernel", "moved", prefix});
    } else if (!(was == is->second)) {
      changes.insert({"kernel", "updated", prefix});
    }
  }
  for (const auto& [prefix, is] : now.kernel) {
    if (!before.kernel.contains(prefix)) {
      changes.insert({"kernel", "announced", prefix});
    }
  }
}

void ReloadWorld::check(const Changes& said, const Changes& happened, const char* when) {
  const auto list = [&](const Changes& ones, const Changes& others, const char* what) {
    for (const auto& [name, change, prefix] : ones) {
      if (!others.contains({name, change, prefix})) {
        complain("{} {}: {} {} {}", what, when, name, change, prefix.to_string());
      }
    }
  };
  list(said, happened, "only said");
  list(happened, said, "only happened");
}

void ReloadWorld::check_counts(const Foretold& foretold, const Picture& before) {
  for (const auto& [name, row] : foretold.neighbors) {
    for (const auto& [change, count] : named(row.counts)) {
      if (count != count_of(foretold.after, name, change)) {
        complain("{}: {} routes are {}, and {} are listed", name, count, change,
                 count_of(foretold.after, name, change));
      }
    }
    const bool returns = row.session.becomes == "reset";
    for (const auto& [change, count] : named(row.while_down)) {
      std::uint64_t expected = count_of(foretold.down, name, change);
      if (returns && change == "withdrawn") {
        expected = before.sent.at(name).size();
      } else if (returns && change == "lost") {
        expected = static_cast<std::uint64_t>(std::ranges::count_if(
            before.taken.at(name), [](const auto& one) { return one.second.has_value(); }));
      }
      if (count != expected) {
        complain("{}: {} routes are {} while sessions are down, and it should be {}", name, count,
                 change, expected);
      }
    }
  }
}

void ReloadWorld::check_sessions(const Foretold& foretold,
                                 const Picture& before,
                                 const Picture& now) {
  for (const auto& [name, times] : before.established) {
    const auto row = foretold.neighbors.find(name);
    const bool was_up = before.up.contains(name);
    const std::string becomes = row != foretold.neighbors.end() ? row->second.session.becomes
                                : was_up                        ? "stays"
                                                                : "down";
    const bool up = now.up.contains(name);
    const auto is = now.established.find(name);
    const std::uint64_t again = is == now.established.end() ? 0 : is->second - times;
    const bool right = becomes == "stays"   ? was_up && up && again == 0
                       : becomes == "reset" ? was_up && up && again == 1
                       : becomes == "ends"  ? was_up && !up
                                            : !was_up && !up;
    if (!right) {
      complain("{}: the session \"{}\", but it {} up, is {}, came up {} times", name, becomes,
               was_up ? "was" : "was not", up ? "up" : "down", again);
    }
  }
}

/// A session that ends at a limit is tried again after its time, and ends again.
void ReloadWorld::check_restarts(const Foretold& foretold) {
  std::map<std::string, std::uint64_t> times;
  std::chrono::seconds wait{0};
  for (const auto& [name, row] : foretold.neighbors) {
    if (row.session.restart_after) {
      times[name] = speaker_.find(name)->peer->counters().established;
      wait = std::max(wait, std::chrono::seconds(*row.session.restart_after));
    }
  }
  if (times.empty()) {
    return;
  }
  run(wait + seconds(1));
  for (const auto& [name, before] : times) {
    const bgp::Peer& peer = *speaker_.find(name)->peer;
    if (peer.counters().established == before || peer.established()) {
      complain("{}: came up {} times after {} s, and is {}", name,
               peer.counters().established - before, wait.count(),
               peer.established() ? "up" : "down");
    }
  }
}

}  // namespace pipit::sim
