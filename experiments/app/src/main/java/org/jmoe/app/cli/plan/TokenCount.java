package org.jmoe.app.cli.plan;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of tokens as papers write them: {@code 4M} is 4,000,000 and {@code 4Mi} 4,194,304. */
public final class TokenCount implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("([0-9]+(?:[.][0-9]+)?)(?:([kKMG])(i?))?");
  private static final BigDecimal MOST = BigDecimal.valueOf(1L << 50);

  @Override
  public Long convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is no number of tokens; write 4194304, 512k, 4M (10^6) or 4Mi (2^20)");
    }
    BigDecimal count = new BigDecimal(form.group(1));
    if (form.group(2) != null) {
      int power = "kMG".indexOf(form.group(2).replace('K', 'k')) + 1;
      long base = form.group(3).isEmpty() ? 1000 : 1024;
      count = count.multiply(BigDecimal.valueOf(base).pow(power));
    }
    if (count.compareTo(MOST) > 0) {
      throw new TypeConversionException("'" + text + "' is more than 2^50 tokens");
    }
    return count.longValue();
  }
}
