/** Tests of drawings. */
@NullMarked
package org.jmoe.catalog.report;

import org.jspecify.annotations.NullMarked;
