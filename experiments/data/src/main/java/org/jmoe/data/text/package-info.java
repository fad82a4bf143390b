/** Text sources and tokenizers. */
@NullMarked
package org.jmoe.data.text;

import org.jspecify.annotations.NullMarked;
