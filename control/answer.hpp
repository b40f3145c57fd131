// Answers of the control protocol, made a bounded part at a time: what a session writes.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/daemon_view.hpp"
#include "control/render.hpp"
#include "net/slice_budget.hpp"

namespace pipit::control {

/// An answer that is not complete yet. Destroyed when its client goes.
class Answer {
 public:
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  virtual ~Answer() = default;

  /// Appends the next lines; about kPartSize octets at most. May append nothing (a long search).
  /// Returns true when more remains. `loop` is whose turn it is.
  virtual bool produce(const net::Loop& loop, std::string& out) = 0;

  static constexpr std::size_t kPartSize = 32 * 1024;
  /// The time for one call, about.
  static constexpr std::chrono::milliseconds kPartTime{2};
};

/// How much of a list is asked for.
struct ListOptions {
  std::size_t limit = 0;  // rows; 0: all
  bool count_only = false;
  std::function<void(JsonWriter&)> ending{};  // writes further members of the last line
};

/// {"done":true,"total":N}, when a limit cut the list short "truncated", and further members.
std::string done_line(std::size_t total, bool truncated, const ListOptions& options);

/// {"error":...}
std::string failure_line(const Refusal& refusal);

/// The rows of a cursor, one line each, then the last line.
template <typename Row>
class ListAnswer final : public Answer {
 public:
  ListAnswer(std::unique_ptr<Cursor<Row>> rows, ListOptions options)
      : rows_(std::move(rows)), options_(options) {}

  bool produce(const net::Loop& loop, std::string& out) override {
    const std::size_t end = out.size() + kPartSize;
    net::SliceBudget budget(loop, kPartTime, kCallsPerLook);
    bool more = true;
    std::size_t rows = kRowsPerCall;
    // A call that gave fewer rows than it could has used up its time.
    for (std::size_t calls = 1; more && rows == kRowsPerCall && out.size() < end &&
                                calls < kCallsPerPart && !budget.spent_after_step();
         ++calls) {
      rows = 0;
      more = rows_->next(kRowsPerCall, [&](const Row& row) {
        ++rows;
        take(row, out);
      });
      more = more && !truncated_;
    }
    if (!more) {
      const std::optional<Refusal> failure = rows_->failure();
      out += failure ? failure_line(*failure) : done_line(total_, truncated_, options_);
    }
    return more;
  }

 private:
  static constexpr std::size_t kRowsPerCall = 16;
  static constexpr std::size_t kCallsPerPart = 64;
  static constexpr std::uint32_t kCallsPerLook = 4;  // at the clock

  void take(const Row& row, std::string& out) {
    if (options_.limit != 0 && total_ == options_.limit) {
      truncated_ = true;
      return;
    }
    ++total_;
    if (!options_.count_only) {
      JsonWriter json(out);
      write_row(json, row);
      out += '\n';
    }
  }

  std::unique_ptr<Cursor<Row>> rows_;
  ListOptions options_;
  std::size_t total_ = 0;
  bool truncated_ = false;
};

/// A list that is at hand.
template <typename Row>
class VectorCursor final : public Cursor<Row> {
 public:
  explicit VectorCursor(std::vector<Row> rows) : rows_(std::move(rows)) {}

  bool next(std::size_t max_rows, const std::function<void(const Row&)>& sink) override {
    for (std::size_t i = 0; i < max_rows && next_ < rows_.size(); ++i) {
      sink(rows_[next_++]);
    }
    return next_ < rows_.size();
  }

 private:
  std::vector<Row> rows_;
  std::size_t next_ = 0;
};

}  // namespace pipit::control
