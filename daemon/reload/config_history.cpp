#include "daemon/reload/config_history.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <pwd.h>

#include "daemon/reload/reload_plan.hpp"

namespace pipit::daemon {
namespace {

/// Empty: there is no such user.
std::string name_of_user(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  const int error = ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  return error == 0 && found != nullptr ? found->pw_name : "";
}

std::string shortened(std::string text) {
  if (text.size() > ConfigHistory::kMaxValue) {
    text.resize(ConfigHistory::kMaxValue);
    text += "...";
  }
  return text;
}

}  // namespace

std::string Origin::to_text() const {
  if (!requester) {
    return what;
  }
  const std::string name = name_of_user(requester->user);
  return fmt::format("{} by {} (pid {})", what,
                     name.empty() ? fmt::format("uid {}", requester->user) : name,
                     requester->process);
}

std::uint32_t ConfigHistory::add(const Origin& origin,
                                 net::WallTime now,
                                 const config::Diff& diff,
                                 ConfigRef replaced,
                                 std::size_t octets) {
  if (!entries_.empty()) {
    entries_.front().config = std::move(replaced);
    entries_.front().row.running = false;
  }
  Entry entry;
  entry.octets = octets;
  entry.row = {.number = ++last_number_,
               .applied_at = now,
               .by = origin.what,
               .requester = origin.requester,
               .user = origin.requester ? name_of_user(origin.requester->user) : "",
               .running = true,
               .kept = true,
               .changes = diff.keys.size(),
               .first_changes = {}};
  for (std::size_t i = 0; i < std::min(diff.keys.size(), kMaxChanges); ++i) {
    control::ConfigChangeRow row = change_row(diff.keys[i]);
    row.before = shortened(std::move(row.before));
    row.after = shortened(std::move(row.after));
    entry.row.first_changes.push_back(std::move(row));
  }
  entries_.push_front(std::move(entry));
  trim();
  return last_number_;
}

/// The oldest ones go; of those that stay, the oldest lose what they were.
void ConfigHistory::trim() {
  while (entries_.size() > kMaxEntries) {
    drop(entries_.back());
    entries_.pop_back();
  }
  std::size_t octets = 0;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    octets += entries_[i].octets;
    // The one before the running one may have to come back by itself: it is always kept.
    if (octets > kMaxOctets && i > 1) {
      drop(entries_[i]);
    }
  }
}

void ConfigHistory::drop(Entry& entry) {
  if (entry.config) {
    dropped_.push_back(std::move(entry.config));
    entry.config.reset();
  }
}

ConfigHistory::ConfigRef ConfigHistory::find(std::uint32_t number) const {
  const auto found =
      std::ranges::find(entries_, number, [](const Entry& e) { return e.row.number; });
  return found == entries_.end() ? nullptr : found->config;
}

std::size_t ConfigHistory::octets_of(std::uint32_t number) const {
  const auto found =
      std::ranges::find(entries_, number, [](const Entry& e) { return e.row.number; });
  return found == entries_.end() ? 0 : found->octets;
}

std::vector<control::ConfigHistoryRow> ConfigHistory::rows() const {
  std::vector<control::ConfigHistoryRow> rows;
  for (const Entry& entry : entries_) {
    rows.push_back(entry.row);
    rows.back().kept = entry.row.running || entry.config != nullptr;
  }
  return rows;
}

}  // namespace pipit::daemon
