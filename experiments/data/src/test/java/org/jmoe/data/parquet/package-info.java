/** Tests of reading Parquet. */
@NullMarked
package org.jmoe.data.parquet;

import org.jspecify.annotations.NullMarked;
