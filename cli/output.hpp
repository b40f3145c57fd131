// Where answers go: standard output, with colour when it is a terminal, and through a pager when
// there is more than fits on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace pipit::cli {

enum class Style : std::uint8_t { Plain, Strong, Dim, Good, Bad, Notice };

/// How wide tables may be.
enum class Width : std::uint8_t { OfTerminal, Unlimited };

class Output {
 public:
  /// Looks at standard output, NO_COLOR, TERM, COLUMNS and PAGER.
  explicit Output(Width width = Width::OfTerminal);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  /// As finish().
  ~Output();

  void write(std::string_view text);

  /// Writes what is held back and waits for the pager. Returns 0, or the errno of what could not be
  /// written: a full disk, say. A reader that has seen enough is no error.
  int finish();

  /// Text in a style: with escape sequences when colours are on. The text is taken as it is.
  std::string styled(Style style, std::string_view text) const;

  /// How many characters a line has room for; 0: any number.
  std::size_t columns() const { return columns_; }

  /// False once the reader has gone (a pager that was quit, a closed pipe): stop then.
  bool open() const { return open_; }

 private:
  void start_pager();
  void put(std::string_view text);
  void failed();

  bool terminal_ = false;
  bool colour_ = false;
  bool open_ = true;
  int error_ = 0;
  std::size_t rows_ = 0;  // of the terminal
  std::size_t columns_ = 0;
  std::size_t lines_ = 0;
  std::string held_;  // what is written to a terminal before it is known whether it fits
  std::FILE* pager_ = nullptr;
};

}  // namespace pipit::cli
