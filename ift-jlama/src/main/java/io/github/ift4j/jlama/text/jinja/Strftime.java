package io.github.ift4j.jlama.text.jinja;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's {@code datetime.strftime} in the C locale. */
final class Strftime {
    private Strftime() {}

    /** The time written as the format says; a directive that is not known stays as it is. */
    static String format(LocalDateTime time, String format) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char flag = format.charAt(i + 1);
            boolean flagged = (flag == '-' || flag == '_' || flag == '0' || flag == '^') && i + 2 < format.length();
            char directive = format.charAt(flagged ? i + 2 : i + 1);
            String value = value(time, directive);
            if (value == null) {
                out.append('%').append(flagged ? String.valueOf(flag) : "").append(directive);
            } else {
                out.append(flagged ? flagged(value, flag) : value);
            }
            i += flagged ? 2 : 1;
        }
        return out.toString();
    }

    private static String flagged(String value, char flag) {
        String unpadded = value.replaceFirst("^[0 ]+(?=\\d)", "");
        return switch (flag) {
            case '-' -> unpadded;
            case '_' -> " ".repeat(value.length() - unpadded.length()) + unpadded;
            case '^' -> value.toUpperCase(Locale.ROOT);
            default -> value.replace(' ', '0');
        };
    }

    private static String value(LocalDateTime time, char directive) {
        return switch (directive) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'c' -> format(time, "%a %b %e %H:%M:%S %Y");
            case 'C' -> two(time.getYear() / 100);
            case 'd' -> two(time.getDayOfMonth());
            case 'D', 'x' -> format(time, "%m/%d/%y");
            case 'e' -> "%2d".formatted(time.getDayOfMonth());
            case 'F' -> format(time, "%Y-%m-%d");
            case 'f' -> "%06d".formatted(time.getNano() / 1000);
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> two(time.getHour());
            case 'I' -> two(time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'j' -> "%03d".formatted(time.getDayOfYear());
            case 'k' -> "%2d".formatted(time.getHour());
            case 'l' -> "%2d".formatted(time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'm' -> two(time.getMonthValue());
            case 'M' -> two(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'r' -> format(time, "%I:%M:%S %p");
            case 'R' -> format(time, "%H:%M");
            case 'S' -> two(time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> format(time, "%H:%M:%S");
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'W' -> two((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7);
            case 'y' -> two(time.getYear() % 100);
            case 'Y' -> String.valueOf(time.getYear());
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> null;
        };
    }

    private static String two(int number) {
        return "%02d".formatted(number);
    }
}
