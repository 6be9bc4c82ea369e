"""What the law and the authorities fix from one day to another: rates and amounts as dated data with their source."""
