"""What happens to giveaways: opened, entered, closed, drawn, claimed and given up."""
